import { setImmediate } from 'node:timers'
import {
  type Batch,
  type BpfInstruction,
  type BufferSizes,
  type Receiver,
  type SocketCounters,
  type SocketOption,
  type Transport,
  TransportError,
} from '@nfkit/netlink-transport'
import type { Datagram } from './datagram.ts'
import type { NetlinkSocket } from './netlink-socket.ts'

/** Bytes of the buffer each datagram is read into: the largest queued packet fits. */
const slotSize = 68 * 1024
/** What released memory is filled with, so that whoever still reads it sees nonsense. */
export const poison = 0xdd

/** What a transport needs besides its socket. */
export interface Surroundings {
  /** Datagrams read in one turn of the event loop, at most. */
  burst(): number
  /** An error a system call is to fail with before the next read; 0 for none. */
  failure(): number
  /** May change the order of what one turn read. */
  arrange(burst: Datagram[]): void
  interfaceName(index: number): string | undefined
  /** Open another socket like this one. */
  sibling(): SimulatedTransport
}

/** The seam over a simulated socket. Delivery happens in turns of the event loop, several datagrams at once. */
export class SimulatedTransport implements Transport {
  /** The socket itself, for what a transport hides. */
  readonly socket: NetlinkSocket
  readonly #surroundings: Surroundings
  #receiver: Receiver | undefined
  #paused = false
  #scheduled = false

  /** `socket` is bound. */
  constructor(socket: NetlinkSocket, surroundings: Surroundings) {
    this.socket = socket
    this.#surroundings = surroundings
    socket.onReadable = () => this.#schedule()
  }

  get portId(): number {
    return this.socket.portId
  }

  get sendLimit(): number {
    return this.socket.sendBuffer - 32
  }

  send(datagram: Uint8Array): void {
    this.socket.send(datagram)
  }

  receive(receiver: Receiver): void {
    if (this.#receiver) throw new Error('a transport has one receiver for its whole life')
    this.#receiver = receiver
    this.#schedule()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#schedule()
  }

  join(group: number): void {
    this.socket.join(group)
  }

  leave(group: number): void {
    this.socket.leave(group)
  }

  set(option: SocketOption, on: boolean): void {
    this.socket.set(option, on)
  }

  /** What setsockopt takes is half of what getsockopt reports, and of what the kernel counts. */
  resize({ receive, send }: Partial<BufferSizes>): BufferSizes {
    const half = (size: number) => Math.ceil(size / 2)
    return this.socket.resize({
      ...(receive !== undefined && { receive: half(receive) }),
      ...(send !== undefined && { send: half(send) }),
    })
  }

  filter(program: readonly BpfInstruction[] | undefined): void {
    this.socket.filter(program)
  }

  counters(): SocketCounters {
    const { dropped, charged, limit } = this.socket.received
    return { dropped, receiveQueued: charged, receiveBuffer: limit }
  }

  sibling(): Transport {
    return this.#surroundings.sibling()
  }

  interfaceName(index: number): string | undefined {
    return this.#surroundings.interfaceName(index)
  }

  close(): void {
    this.#receiver = undefined
    this.socket.close()
  }

  #schedule(): void {
    if (this.#scheduled || this.#paused || !this.#receiver) return
    const { readable } = this.socket.poll()
    if (!readable) return
    this.#scheduled = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#scheduled = false
    if (this.#paused || this.socket.closed) return
    const error = this.#surroundings.failure() || this.socket.received.takeError()
    if (error) this.#receiver?.error(new TransportError('recvmmsg', error))
    if (this.#paused || this.socket.closed) return
    const burst: Datagram[] = []
    for (let left = this.#surroundings.burst(); left > 0; left--) {
      const datagram = this.socket.take(slotSize)
      if (datagram === undefined) break
      if (datagram.from === 0) burst.push(datagram)
    }
    this.#surroundings.arrange(burst)
    try {
      if (burst.length > 0) this.#receiver?.batch(new LeasedBatch(burst))
    } finally {
      this.#schedule()
    }
  }
}

/** Datagrams copied together, and spoilt when they are released. */
class LeasedBatch implements Batch {
  readonly bytes: Uint8Array
  readonly spans: Int32Array
  readonly length: number
  #released = false

  constructor(datagrams: readonly Datagram[]) {
    this.length = datagrams.length
    this.spans = new Int32Array(2 * datagrams.length)
    let size = 0
    for (let i = 0; i < datagrams.length; i++) {
      const { length } = datagrams[i]!.bytes
      this.spans[2 * i] = size
      this.spans[2 * i + 1] = length
      size += (length + 3) & ~3
    }
    this.bytes = new Uint8Array(size)
    for (let i = 0; i < datagrams.length; i++) this.bytes.set(datagrams[i]!.bytes, this.spans[2 * i]!)
  }

  release(): void {
    if (this.#released) throw new Error('a batch is released once, and this one was released before')
    this.#released = true
    this.bytes.fill(poison)
  }
}
