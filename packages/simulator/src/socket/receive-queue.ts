import { errno } from '@nfkit/netlink-codec'
import type { Datagram } from './datagram.ts'

/**
 * The receive buffer of one socket, charged and congested as the kernel does (netlink_attachskb, netlink_overrun and
 * netlink_rcv_wake, net/netlink/af_netlink.c).
 */
export class ReceiveQueue {
  /** Bytes charged for what waits. */
  charged = 0
  limit: number
  /** Set by an overrun; nothing is accepted until the queue was read empty. */
  congested = false
  /** The error the next read reports; 0 when there is none. */
  error = 0
  /** Datagrams refused since the socket was opened. */
  dropped = 0
  readonly #chargesBeforeCheck: boolean
  #noEnobufs = false
  #datagrams: Datagram[] = []
  #head = 0

  constructor(limit: number, chargesBeforeCheck: boolean) {
    this.limit = limit
    this.#chargesBeforeCheck = chargesBeforeCheck
  }

  get length(): number {
    return this.#datagrams.length - this.#head
  }

  /** Whether there is something to read, be it an error. */
  get isReadable(): boolean {
    return this.error !== 0 || this.length > 0
  }

  /** NETLINK_NO_ENOBUFS: losses are not told, and congest nothing. Set, it ends a congestion. */
  set noEnobufs(on: boolean) {
    this.#noEnobufs = on
    if (on) this.congested = false
  }

  /** Queue a datagram, or refuse it and remember the overrun. */
  offer(datagram: Datagram): boolean {
    const after = this.#chargesBeforeCheck ? this.charged + datagram.truesize : this.charged
    if (!this.congested && (this.charged === 0 || after <= this.limit)) {
      this.force(datagram)
      return true
    }
    this.overrun()
    return false
  }

  /** Whether a part of a dump finds no room beside what waits; kernels that compare first take any where something is free (netlink_dump). */
  refusesPart(truesize: number): boolean {
    return this.charged > 0 && this.charged + (this.#chargesBeforeCheck ? truesize : 0) >= this.limit
  }

  /** Queue without asking, as parts of dumps are. */
  force(datagram: Datagram): void {
    this.charged += datagram.truesize
    this.#datagrams.push(datagram)
  }

  /** Count a loss, and congest the socket unless it asked not to be told. */
  overrun(): void {
    this.dropped++
    if (this.#noEnobufs || this.congested) return
    this.congested = true
    this.error = errno.ENOBUFS
  }

  /** The error that is due, which is then forgotten; 0 when none is. */
  takeError(): number {
    const { error } = this
    this.error = 0
    this.#wake()
    return error
  }

  /** The oldest datagram, which leaves the queue, or `undefined`. */
  take(): Datagram | undefined {
    if (this.#head === this.#datagrams.length) {
      this.#wake()
      return undefined
    }
    const datagram = this.#datagrams[this.#head++]!
    this.charged -= datagram.truesize
    if (this.#head === this.#datagrams.length) {
      // Mostly one comes at a time: a new array would have room for more with its first one.
      if (this.#head === 1) this.#datagrams.pop()
      else this.#datagrams = []
      this.#head = 0
    } else if (this.#head === 1024) {
      this.#datagrams = this.#datagrams.slice(1024)
      this.#head = 0
    }
    this.#wake()
    return datagram
  }

  #wake(): void {
    if (this.congested && this.length === 0) this.congested = false
  }
}
