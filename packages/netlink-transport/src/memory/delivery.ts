import { throwAside } from '../aside.ts'
import type { TransportError } from '../errors.ts'
import type { Batch, Receiver, Transport } from '../transport.ts'
import { Answering } from './answering.ts'
import { LeasedBatch } from './leased-batch.ts'
import { afterMicrotasks, nextTurn } from './turn.ts'

/** Batches that may be leased for long; the next is brief until one of them is released. */
const longLeases = 4

/** Where the datagrams of a transport come from. */
export interface DeliverySource {
  /** Whether there is something to tell. */
  isReadable(): boolean
  /** Tell what is read at once, with the delivery's `batch` and `error`: of a source with a `burst`, up to `most` datagrams. */
  turn(most?: number): void
  /** Datagrams that one turn of the event loop reads, at most, in several goes. A source that does not say is read once a turn. */
  readonly burst?: (() => number) | undefined
}

/**
 * The half of a transport that delivers: to one receiver, in turns of the event loop, several datagrams at once. Of a source with a `burst` what
 * comes of a delivery, such as the packet behind one that was judged, comes in the same turn: a turn costs more than to judge a packet.
 */
export class Delivery {
  readonly #source: DeliverySource
  #receiver: Receiver | undefined
  #paused = false
  #scheduled = false
  #closed = false
  #leased = 0
  #reading = false
  /** Datagrams this turn of the event loop may read still; 0 after it. */
  #left = 0
  readonly #answering: Answering

  /** What the receiver answers is sent by `transport`. */
  constructor(transport: Pick<Transport, 'send' | 'sendLimit'>, source: DeliverySource) {
    this.#source = source
    this.#answering = new Answering(transport)
  }

  /** Batches the receiver has not released yet. */
  get leased(): number {
    return this.#leased
  }

  /** Deliver to this receiver from the next turn on. Throws when there is a receiver already. */
  receive(receiver: Receiver): void {
    if (this.#receiver) throw new Error('a transport has one receiver for its whole life')
    this.#receiver = receiver
    this.arrived()
  }

  /** Deliver nothing until `resume`. */
  pause(): void {
    this.#paused = true
  }

  /** Deliver what waits, from the next turn on. */
  resume(): void {
    this.#paused = false
    this.arrived()
  }

  /** Deliver nothing any more. */
  close(): void {
    this.#closed = true
  }

  /** The source may have become readable. */
  arrived(): void {
    if (this.#scheduled || !this.listens || !this.#source.isReadable()) return
    this.#scheduled = true
    // What is left in the source, or comes meanwhile, takes a turn of its own.
    if (this.#left > 0 && !this.#reading) afterMicrotasks(this.#read)
    else nextTurn(this.#turn)
  }

  /** Deliver what has arrived within this call, except within a delivery: its receiver is called in its own time. */
  readNow(): void {
    if (this.#reading) return
    try {
      this.#readOnce()
    } catch (error) {
      throwAside(error)
    }
  }

  /** Deliver datagrams as one batch now. */
  batch(datagrams: readonly Uint8Array[]): void {
    if (datagrams.length === 0) return
    this.#left -= datagrams.length
    const brief = this.#leased >= longLeases
    this.#leased++
    this.pass(new LeasedBatch(datagrams, brief, this.#released))
  }

  /** Deliver another transport's batch now, as it is. */
  pass(batch: Batch): void {
    if (this.#receiver) this.#answering.tell(this.#receiver, batch)
  }

  /** Whether a batch is with the receiver: within it nothing else is to be delivered. */
  get isTelling(): boolean {
    return this.#answering.isTelling
  }

  /** See `Transport.answer`. */
  answer(datagram: Uint8Array, failed: (error: TransportError) => void): boolean {
    return this.#answering.answer(datagram, failed)
  }

  /** Tell the receiver of a failure now. */
  error(error: TransportError): void {
    if (!this.#closed) this.#receiver?.error(error)
  }

  /** Whether datagrams are wanted now: there is a receiver, and delivery is neither paused nor closed. */
  get listens(): boolean {
    return this.#receiver !== undefined && !this.#paused && !this.#closed
  }

  readonly #released = (): void => {
    this.#leased--
  }

  readonly #turn = (): void => {
    if (this.#source.burst) {
      this.#left = this.#source.burst()
      nextTurn(this.#over)
    }
    this.#read()
  }

  readonly #over = (): void => {
    this.#left = 0
  }

  readonly #read = (): void => {
    this.#scheduled = false
    this.#readOnce(this.#source.burst && this.#left)
  }

  /** What was there may have been read before. */
  #readOnce(most?: number): void {
    if (!this.listens || !this.#source.isReadable()) return
    this.#reading = true
    try {
      this.#source.turn(most)
    } finally {
      this.arrived()
      this.#reading = false
    }
  }
}
