import { errno } from '@nfkit/netlink-codec'
import {
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
import { netlinkNetfilter } from '../netlink/netlink.ts'

/** Datagrams delivered together, at most. */
const burst = 64
/** The system's default for both buffers. */
const defaultBuffer = 212_992

/** The replay, as its sockets see it. */
export interface ReplayHost {
  /** Our code sends a datagram. Throws what it failed with when it was recorded. */
  sent(socket: ReplaySocket, datagram: Uint8Array): void
  /** Our code changes the socket. Returns what that returned, and throws what it threw, when it was recorded. */
  called(socket: ReplaySocket, call: string, args: readonly unknown[]): unknown
  /** The socket takes datagrams again, took some, or was closed. */
  changed(): void
  open(name: string): ReplaySocket
  /** What an interface was called when that was recorded. */
  interfaceName(index: number): string | undefined
}

/** A socket whose kernel is a recording. */
export class ReplaySocket implements Transport {
  readonly name: string
  readonly portId: number
  readonly #host: ReplayHost
  #buffers: BufferSizes = { receive: defaultBuffer, send: defaultBuffer }
  readonly #delivery = new Delivery(this, { isReadable: () => this.waiting > 0, turn: () => this.#turn() })
  #inbox: (Uint8Array | TransportError)[] = []
  #closed = false
  #siblings = 0
  #overruns = 0

  constructor(host: ReplayHost, name: string, portId: number) {
    this.#host = host
    this.name = name
    this.portId = portId
  }

  get sendLimit(): number {
    return this.#buffers.send - 32
  }

  /** Deliveries our code has not taken yet. */
  get waiting(): number {
    return this.#inbox.length
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Let our code receive a datagram, or the failure of the socket. */
  deliver(item: Uint8Array | TransportError): void {
    if (this.#closed) return
    if (item instanceof TransportError && item.errno === errno.ENOBUFS) this.#overruns++
    this.#inbox.push(item)
    this.#delivery.arrived()
  }

  send(datagram: Uint8Array): void {
    this.#host.sent(this, datagram)
  }

  answer(datagram: Uint8Array, failed: (error: TransportError) => void): boolean {
    return this.#delivery.answer(datagram, failed)
  }

  receive(receiver: Receiver): void {
    this.#delivery.receive(receiver)
  }

  pause(): void {
    this.#delivery.pause()
  }

  resume(): void {
    this.#delivery.resume()
  }

  join(group: number): void {
    this.#host.called(this, 'join', [group])
  }

  leave(group: number): void {
    this.#host.called(this, 'leave', [group])
  }

  set(option: SocketOption, on: boolean): void {
    this.#host.called(this, 'set', [option, on])
  }

  resize(request: Partial<BufferSizes>): BufferSizes {
    const granted = this.#host.called(this, 'resize', [request])
    this.#buffers = { ...this.#buffers, ...(isBufferSizes(granted) ? granted : request) }
    return this.#buffers
  }

  filter(program: readonly BpfInstruction[] | undefined): void {
    this.#host.called(this, 'filter', [program ?? null])
  }

  /** `dropped` counts the overruns that were recorded: how many datagrams each lost is not known. */
  counters(): SocketCounters {
    const receiveQueued = this.#inbox.reduce((sum, item) => sum + (item instanceof Uint8Array ? item.length : 0), 0)
    return { dropped: this.#overruns, receiveQueued, receiveBuffer: this.#buffers.receive }
  }

  interfaceName(index: number): string | undefined {
    return this.#host.interfaceName(index)
  }

  /** What it said then is not recorded. */
  procNet(): undefined {
    return undefined
  }

  sibling({ protocol = netlinkNetfilter }: SiblingOptions = {}): Transport {
    // Nothing else was recorded.
    if (protocol !== netlinkNetfilter) throw new TransportError('socket', errno.EPROTONOSUPPORT)
    return this.#host.open(`${this.name}.${++this.#siblings}`)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#delivery.close()
    this.#inbox = []
    this.#host.changed()
  }

  /** A failure, or the datagrams up to the next one: in the order they were recorded. */
  #turn(): void {
    const failure = this.#inbox.findIndex((item) => !(item instanceof Uint8Array))
    const taken = this.#inbox.splice(0, failure === 0 ? 1 : Math.min(burst, failure < 0 ? burst : failure))
    try {
      if (failure === 0) this.#delivery.error(taken[0] as TransportError)
      else this.#delivery.batch(taken as Uint8Array[])
    } finally {
      this.#host.changed()
    }
  }
}

function isBufferSizes(value: unknown): value is BufferSizes {
  return typeof value === 'object' && value !== null && 'receive' in value && 'send' in value
}
