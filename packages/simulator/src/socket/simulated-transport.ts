import { errno } from '@nfkit/netlink-codec'
import {
  argument,
  type BpfInstruction,
  type BufferSizes,
  type Receiver,
  type SiblingOptions,
  type SocketCounters,
  type SocketOption,
  type Transport,
  TransportError,
} from '@nfkit/netlink-transport'
import { Delivery } from '@nfkit/netlink-transport/memory'
import type { Datagram } from './datagram.ts'
import type { NetlinkSocket } from './netlink-socket.ts'

/** Bytes of the buffer each datagram is read into unless it is said how long they are: the largest queued packet fits. */
const usualSlotSize = 68 * 1024

/** What a transport needs besides its socket. */
export interface TransportHost {
  /** Datagrams read in one turn of the event loop, at most. */
  burst(): number
  /** Whether what comes of a delivery may come in the same turn. */
  readonly sharedTurns: boolean
  /** An error a system call fails with before the next read; 0 for none. */
  failure(): number
  /** May change the order of what one turn read. */
  arrange(burst: Datagram[]): void
  /** Name of the interface with this index, or `undefined`. */
  interfaceName(index: number): string | undefined
  /** The transport was closed. */
  closed(transport: SimulatedTransport): void
  /** Text of a file of /proc/net. */
  procNet(file: string): string | undefined
  /** Open another socket like this one, of a protocol if one is said, which reads into buffers of so many bytes. */
  sibling(slotSize: number, protocol: number | undefined): SimulatedTransport
  /** Another transport over the same socket, which has one descriptor more by now. */
  heir(slotSize: number): SimulatedTransport
}

/** What a transport over a socket is like. */
export interface TransportOptions {
  /** Bytes of the buffer each datagram is read into; by default the largest queued packet fits. */
  readonly slotSize?: number | undefined
  /** Whether the socket was another transport's before. */
  readonly inherited?: boolean | undefined
}

/** The seam over a simulated socket. Delivery happens in turns of the event loop, several datagrams at once. */
export class SimulatedTransport implements Transport {
  /** The socket itself, for what a transport hides. */
  readonly socket: NetlinkSocket
  readonly #host: TransportHost
  readonly inherited: boolean
  readonly #slotSize: number
  readonly #delivery: Delivery
  #closed = false

  /** `socket` is bound. */
  constructor(socket: NetlinkSocket, host: TransportHost, { slotSize, inherited }: TransportOptions = {}) {
    this.socket = socket
    this.#host = host
    this.#slotSize = slotSize ?? usualSlotSize
    this.inherited = inherited ?? false
    this.#delivery = new Delivery(this, {
      isReadable: () => socket.received.isReadable,
      turn: (most) => this.#turn(most ?? host.burst()),
      burst: host.sharedTurns ? () => host.burst() : undefined,
    })
  }

  get portId(): number {
    return this.socket.portId
  }

  get sendLimit(): number {
    return this.socket.sendBuffer - 32
  }

  send(datagram: Uint8Array): void {
    this.#open('sendto')
    this.socket.send(datagram)
  }

  answer(datagram: Uint8Array, failed: (error: TransportError) => void): boolean {
    return this.#delivery.answer(datagram, failed)
  }

  receive(receiver: Receiver): void {
    this.socket.onReadable = () => this.#delivery.arrived()
    this.#delivery.receive(receiver)
  }

  pause(): void {
    this.#delivery.pause()
  }

  resume(): void {
    this.#delivery.resume()
  }

  readNow(): void {
    this.#delivery.readNow()
  }

  /** Batches the receiver has not released yet. */
  get leased(): number {
    return this.#delivery.leased
  }

  join(group: number): void {
    this.socket.join(argument.group(group))
  }

  leave(group: number): void {
    this.socket.leave(argument.group(group))
  }

  set(option: SocketOption, on: boolean): void {
    this.socket.set(argument.option(option), on)
  }

  /** What setsockopt takes is half of what getsockopt reports, and of what the kernel counts. */
  resize(request: Partial<BufferSizes>): BufferSizes {
    const { receive, send } = argument.sizes(request)
    const half = (size: number) => Math.ceil(size / 2)
    return this.socket.resize({
      ...(receive !== undefined && { receive: half(receive) }),
      ...(send !== undefined && { send: half(send) }),
    })
  }

  filter(program: readonly BpfInstruction[] | undefined): void {
    this.socket.filter(program && argument.program(program))
  }

  counters(): SocketCounters {
    this.#open('getsockopt')
    const { dropped, charged, limit } = this.socket.received
    return { dropped, receiveQueued: charged, receiveBuffer: limit }
  }

  sibling({ longest = this.#slotSize, protocol }: SiblingOptions = {}): SimulatedTransport {
    this.#open('socket')
    return this.#host.sibling(Math.min(argument.longest(longest), this.#slotSize), protocol)
  }

  /**
   * Another transport over the same socket, as another process has it that inherits the descriptor: same port id, same buffer, what is bound
   * stays bound until the last of them is closed. Of all that have one socket only one may receive at a time. Throws `TransportError` (EBADF)
   * after `close`.
   *
   * @example
   * import { SimulatedKernel } from '@nfkit/simulator'
   *
   * const transport = new SimulatedKernel().connect()
   * const heir = transport.heir()
   * transport.close()
   * console.log(heir.portId === transport.portId) // true
   */
  heir(): SimulatedTransport {
    this.#open('fcntl')
    this.socket.duplicate()
    return this.#host.heir(this.#slotSize)
  }

  interfaceName(index: number): string | undefined {
    return this.#host.interfaceName(index)
  }

  procNet(file: string): string | undefined {
    return this.#closed || this.socket.closed ? undefined : this.#host.procNet(file)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#delivery.close()
    this.socket.close()
    this.#host.closed(this)
  }

  #open(syscall: string): void {
    if (this.#closed || this.socket.closed) throw new TransportError(syscall, errno.EBADF)
  }

  /** A read that fails comes before what the next one returns; an overrun is told after what came before it. */
  #turn(most: number): void {
    const delivery = this.#delivery
    const failure = this.#host.failure()
    const failed = failure !== 0 && failure !== errno.ENOBUFS
    if (failed) delivery.error(new TransportError('recvmmsg', failure))
    if (!delivery.listens) return
    const overrun = this.socket.received.takeError() !== 0 || failure === errno.ENOBUFS
    const burst = this.#burst(most)
    const fits = ({ bytes }: Datagram) => bytes.length <= this.#slotSize
    const whole = burst.every(fits) ? burst : burst.filter(fits)
    try {
      delivery.batch(whole.map(({ bytes }) => bytes))
    } finally {
      if (overrun) delivery.error(new TransportError('recvmmsg', errno.ENOBUFS))
      if (whole.length < burst.length) delivery.error(new TransportError('recvmmsg', errno.EMSGSIZE))
    }
  }

  #burst(most: number): readonly Datagram[] {
    const burst: Datagram[] = []
    for (let left = most; left > 0; left--) {
      const datagram = this.socket.take(this.#slotSize)
      if (datagram === undefined) break
      if (datagram.from === 0) burst.push(datagram)
    }
    this.#host.arrange(burst)
    return burst
  }
}
