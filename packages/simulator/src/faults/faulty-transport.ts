import { errno } from '@nfkit/netlink-codec'
import {
  type Batch,
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
import { randomFrom } from '../random.ts'
import type { Datagram } from '../socket/datagram.ts'
import type { SocketFault } from './fault.ts'
import { SocketFaults } from './socket-faults.ts'

/** Faults that can happen between any socket and its program: those of dumps and of other senders are made in the kernel. */
export type TransportFault = Exclude<
  SocketFault,
  { readonly kind: 'interrupted dump' | 'failed dump' | 'foreign sender' }
>

/** Datagrams one turn reads unless a slow consumer is asked for. */
const usualBurst = 64

/** A transport that works until it is told what goes wrong with it. Made by `faulty`. */
export class FaultyTransport implements Transport {
  readonly #inner: Transport
  readonly #faults: SocketFaults
  readonly #seed: number
  readonly #delivery = new Delivery(this, {
    isReadable: () => this.#waiting.length > 0 || this.#overrun,
    turn: () => this.#turn(),
  })
  readonly #waiting: Datagram[] = []
  readonly readNow?: () => void
  #overrun = false
  #dropped = 0
  #noEnobufs = false

  /** @internal */
  constructor(inner: Transport, seed: number) {
    this.#inner = inner
    this.#seed = seed
    this.#faults = new SocketFaults(randomFrom(seed))
    if (inner.readNow) this.readNow = () => this.#delivery.isTelling || inner.readNow?.()
  }

  /** Make something go wrong from now on. Faults are values, and come when they say; `at` counts datagrams received from now. */
  inject(fault: TransportFault): void {
    this.#faults.add(this, fault)
  }

  get portId(): number {
    return this.#inner.portId
  }

  get inherited(): boolean | undefined {
    return this.#inner.inherited
  }

  get sendLimit(): number {
    return this.#inner.sendLimit
  }

  send(datagram: Uint8Array): void {
    const failed = this.#faults.armed ? this.#faults.failure(this, 'send error') : 0
    if (failed) throw new TransportError('sendto', failed)
    this.#inner.send(datagram)
  }

  answer(datagram: Uint8Array, failed: (error: TransportError) => void): boolean {
    return this.#delivery.answer(datagram, failed)
  }

  receive(receiver: Receiver): void {
    this.#delivery.receive(receiver)
    this.#inner.receive({ batch: (batch) => this.#batch(batch), error: (error) => this.#delivery.error(error) })
  }

  pause(): void {
    this.#delivery.pause()
    this.#inner.pause()
  }

  resume(): void {
    this.#inner.resume()
    this.#delivery.resume()
  }

  join(group: number): void {
    this.#inner.join(group)
  }

  leave(group: number): void {
    this.#inner.leave(group)
  }

  set(option: SocketOption, on: boolean): void {
    this.#inner.set(option, on)
    if (option === 'noEnobufs') this.#noEnobufs = on
  }

  resize(request: Partial<BufferSizes>): BufferSizes {
    return this.#inner.resize(request)
  }

  filter(program: readonly BpfInstruction[] | undefined): void {
    this.#inner.filter(program)
  }

  /** Datagrams that our overruns lost count as those that the kernel's own lost. */
  counters(): SocketCounters {
    const counted = this.#inner.counters()
    return { ...counted, dropped: counted.dropped + this.#dropped }
  }

  interfaceName(index: number): string | undefined {
    return this.#inner.interfaceName(index)
  }

  procNet(file: string): string | undefined {
    return this.#inner.procNet(file)
  }

  /** Nothing is wrong with the sibling before it is told so. */
  sibling(options?: SiblingOptions): FaultyTransport {
    return new FaultyTransport(this.#inner.sibling(options), this.#seed)
  }

  close(): void {
    this.#delivery.close()
    this.#inner.close()
  }

  /** Without a fault to come a burst passes as it is, with its memory; else its datagrams are copied and looked at one by one. */
  #batch(batch: Batch): void {
    if (!this.#faults.armed && this.#waiting.length === 0) {
      this.#delivery.pass(batch)
      return
    }
    const { bytes, spans, length } = batch
    for (let i = 0; i < length; i++) {
      const start = spans[2 * i]!
      const datagram = { bytes: bytes.slice(start, start + spans[2 * i + 1]!), from: 0, group: 0, truesize: 0 }
      const passed = this.#faults.intercept(this, datagram, this.#late)
      if (passed === 'refused') this.#lose()
      else if (passed) this.#waiting.push(passed)
    }
    batch.release()
    this.#delivery.arrived()
  }

  readonly #late = (datagram: Datagram): void => {
    this.#waiting.push(datagram)
    this.#delivery.arrived()
  }

  #lose(): void {
    this.#dropped++
    this.#overrun ||= !this.#noEnobufs
  }

  /** A read that fails comes before what the next one returns, an overrun after what came before it. */
  #turn(): void {
    const failed = this.#faults.failure(this, 'read error')
    if (failed) this.#delivery.error(new TransportError('recvmmsg', failed))
    if (!this.#delivery.listens) return
    const burst = this.#waiting.splice(0, this.#faults.burst(this, usualBurst))
    this.#faults.arrange(this, burst)
    try {
      this.#delivery.batch(burst.map(({ bytes }) => bytes))
    } finally {
      if (this.#overrun) this.#delivery.error(new TransportError('recvmmsg', errno.ENOBUFS))
      this.#overrun = false
    }
  }
}

/**
 * Let things go wrong between a program and its socket, a real one included: `inject` says what, and when. `seed` decides whatever
 * looks random.
 *
 * @example
 * import { openConntrack } from '@nfkit/conntrack'
 * import { openMnl } from '@nfkit/mnl-native'
 * import { TransportError } from '@nfkit/netlink-transport'
 * import { faulty } from '@nfkit/simulator'
 *
 * const transport = faulty(openMnl())
 * const ct = await openConntrack(transport)
 * transport.inject({ kind: 'send error', code: 'ENOBUFS', times: 1 })
 * await ct.count().catch((error) => console.log(error instanceof TransportError && error.code)) // ENOBUFS
 */
export function faulty(transport: Transport, seed = 1): FaultyTransport {
  return new FaultyTransport(transport, seed)
}
