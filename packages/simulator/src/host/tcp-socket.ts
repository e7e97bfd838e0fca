import type { Tcp } from '@nfkit/ip-codec'
import { Incoming } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import { Retransmission, type Timers } from './retransmission.ts'
import { SocketError } from './socket-error.ts'
import { type SocketTerms, Wording } from './wording.ts'

/** What a socket needs of its host. */
export interface SocketOwner extends Timers {
  /** Milliseconds, for timestamps. */
  readonly uptime: number
  /** Give a packet to the kernel. */
  send(bytes: Uint8Array): void
  /** Nothing comes to it any more. */
  gone(): void
}

/** One end of a TCP connection of a simulated host. What it hears it reads at once. */
export class TcpSocket {
  /** Resolves when it is open. Rejects with `SocketError`. */
  readonly opened: Promise<TcpSocket>
  /** Resolves when both ends have said all, and heard it. Rejects with `SocketError`. */
  readonly closed: Promise<void>
  readonly #ends: string
  readonly #owner: SocketOwner
  readonly #wording: Wording
  readonly #incoming = new Incoming()
  readonly #outgoing: Outgoing
  readonly #retransmission: Retransmission
  #state: 'opening' | 'open' | 'over' = 'opening'
  #peerScale = 0
  #settle!: { open(): void; close(): void; fail(error: SocketError): void }

  /** `ends` is `10.0.0.1:4000 > 10.0.0.2:80`, its own first; `origin` the number of its first byte. */
  constructor(ends: string, origin: number, owner: SocketOwner, terms: SocketTerms) {
    this.#ends = ends
    this.#owner = owner
    this.#wording = new Wording(ends, origin, terms, owner)
    this.#outgoing = new Outgoing(terms.mss * terms.gso, (at, data, fin) =>
      owner.send(this.#wording.data(at, this.#incoming.next, data, fin)),
    )
    this.#retransmission = new Retransmission(
      owner,
      () => this.#late(),
      () => this.#over('ETIMEDOUT'),
    )
    const opened = settling<TcpSocket>()
    const closed = settling<void>()
    this.opened = opened.promise
    this.closed = closed.promise
    this.#settle = {
      open: () => opened.resolve(this),
      close: () => closed.resolve(),
      fail(error) {
        opened.reject(error)
        closed.reject(error)
      },
    }
  }

  /** All bytes heard so far. */
  get received(): Uint8Array {
    return this.#incoming.bytes
  }

  /** Whether the other end has said all. */
  get ended(): boolean {
    return this.#incoming.ended
  }

  /** Say more. Throws `Error` after `end`. */
  write(bytes: Uint8Array): void {
    this.#outgoing.write(bytes)
    this.#flush()
  }

  /** Nothing more is said. */
  end(): void {
    this.#outgoing.end()
    this.#flush()
  }

  /** Break the connection off. */
  reset(): void {
    this.#owner.send(this.#wording.reset(this.#outgoing.next, this.#incoming.next))
    this.#over('ECONNRESET')
  }

  /** @internal Say that a connection is wanted. */
  connect(): void {
    this.#owner.send(this.#wording.opening(false))
    this.#retransmission.start()
  }

  /** @internal A segment has come. */
  take(segment: Tcp): void {
    if (segment.rst) this.#reset(segment)
    else if (segment.syn) this.#synchronized(segment)
    else if (segment.ack && this.#wording.peer !== undefined) this.#read(segment, this.#wording.peer)
  }

  #read(segment: Tcp, peer: number): void {
    const wording = this.#wording
    wording.peerTimestamp = segment.option('timestamps')?.value ?? wording.peerTimestamp
    const at = position(segment.sequence, peer, this.#incoming.next)
    const { payload, fin } = segment
    const before = this.#incoming.next
    this.#acknowledged(segment, payload.length === 0 && !fin)
    if (payload.length > 0 || fin) this.#incoming.take(at, payload, fin)
    if (payload.length > 0 || fin || at < before) this.#answer()
    this.#flush()
    if (this.#outgoing.isDone && this.#incoming.ended) this.#over(undefined)
  }

  #acknowledged(segment: Tcp, bare: boolean): void {
    const { origin } = this.#wording
    const acknowledged = position(segment.acknowledgment, origin, this.#outgoing.acknowledged)
    if (this.#state === 'opening' && acknowledged === 0) this.#isOpen()
    const ranges = (segment.option('sack')?.blocks ?? []).map(
      ({ left, right }) => [position(left, origin, acknowledged), position(right, origin, acknowledged)] as const,
    )
    const before = this.#outgoing.acknowledged
    this.#outgoing.acknowledge(acknowledged, segment.window * 2 ** this.#peerScale, ranges, bare)
    if (this.#outgoing.acknowledged > before) this.#retransmission.progress(this.#outgoing.isWaiting)
  }

  #synchronized(segment: Tcp): void {
    const wording = this.#wording
    if (segment.ack && segment.acknowledgment !== wording.origin) return
    if (wording.peer === undefined) {
      wording.peer = (segment.sequence + 1) >>> 0
      wording.peerTimestamp = segment.option('timestamps')?.value
      this.#peerScale = segment.option('windowScale')?.shift ?? 0
      this.#outgoing.window = segment.window
    }
    if (this.#state === 'opening' && !segment.ack) {
      this.#owner.send(wording.opening(true))
      this.#retransmission.start()
      return
    }
    if (this.#state === 'opening') this.#isOpen()
    this.#answer()
    this.#flush()
  }

  #isOpen(): void {
    this.#state = 'open'
    this.#retransmission.progress(false)
    this.#settle.open()
  }

  #reset(segment: Tcp): void {
    const { peer, origin } = this.#wording
    if (peer === undefined) {
      if (segment.ack && segment.acknowledgment === origin) this.#over('ECONNREFUSED')
    } else if (position(segment.sequence, peer, this.#incoming.next) === this.#incoming.next) {
      this.#over('ECONNRESET')
    }
  }

  #over(code: SocketError['code'] | undefined): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#retransmission.progress(false)
    if (code !== undefined) {
      this.#owner.gone()
      this.#settle.fail(new SocketError(code, this.#ends))
      return
    }
    // The last acknowledgment may be lost: the other end is answered still, as in TIME-WAIT.
    this.#owner.after(timeWait, () => this.#owner.gone())
    this.#settle.close()
  }

  #flush(): void {
    if (this.#state !== 'open') return
    this.#outgoing.flush()
    if (this.#outgoing.isWaiting) this.#retransmission.start()
  }

  #late(): void {
    if (this.#state === 'opening') this.#owner.send(this.#wording.opening(this.#wording.peer !== undefined))
    else this.#outgoing.resend()
  }

  #answer(): void {
    this.#owner.send(this.#wording.answer(this.#outgoing.next, this.#incoming.next, this.#incoming.blocks()))
  }
}

/** How long a socket that is over answers still, in milliseconds (TCP_TIMEWAIT_LEN). */
const timeWait = 60_000

/** The position of a sequence number near another. */
function position(sequence: number, origin: number, near: number): number {
  return near + ((sequence - origin - near) | 0)
}

/** A promise and what settles it. That nobody waits for it is no error of the program. */
function settling<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: SocketError) => void
  const promise = new Promise<T>((...settle) => ([resolve, reject] = settle))
  promise.catch(() => {})
  return { promise, resolve, reject }
}
