import { whole } from '@nfkit/netlink-codec'
import { Backlog, type EventSocket, OneByOne, type Transport } from '@nfkit/netlink-transport'
import { assertSignal } from '../known.ts'
import type { EventGap, ExpectationEvent, FlowEvent } from './event.ts'
import { type EventSocketOptions, eventSocket } from './socket.ts'

/** What a table closes with itself: subscriptions enter when they are made, and leave when they end. */
export type OpenStreams = Set<{ close(): void }>

export const defaultReceiveBuffer = 8 << 20

/** Refuses what a socket that listens cannot have. Throws `EncodeError`. */
export function assertListening(receiveBuffer: number, signal: AbortSignal | undefined, what: string): void {
  whole(receiveBuffer, 0x7fff_ffff, `${what} receiveBuffer`)
  assertSignal(signal, what)
}

export interface SubscriptionOptions extends EventSocketOptions {
  /** Items that may wait for the consumer before events are left in the socket's buffer. */
  readonly highWater: number
}

/** What is made of what a subscription hears. */
export interface Listener {
  /** Something happened. What this throws ends the subscription. */
  event(event: FlowEvent | ExpectationEvent): void
  /** Events were lost, and the consumer is told. */
  gap?(): void
  /** The subscription has ended. */
  ended?(): void
}

/** The table's events on a socket of their own, and what is made of them on its way to a consumer, until one of the two ends. */
export class Subscription<T> {
  readonly socket: EventSocket
  readonly #backlog: Backlog<T | EventGap>
  readonly #listener: Listener
  readonly #open: OpenStreams
  #signal: AbortSignal | undefined
  #ended = false
  /** Events lost: as of the last gap and, from the end on, in all. */
  #lost = 0

  /** Throws what opening the socket throws, and closes the transport then. */
  constructor(transport: Transport, options: SubscriptionOptions, listener: Listener, open: OpenStreams) {
    this.#listener = listener
    this.socket = eventSocket(transport, options, {
      events: (events) => {
        for (const event of events) listener.event(event)
        this.#backlog.hold()
      },
      gap: () => this.#gap(),
      fail: (error) => this.fail(error),
    })
    this.#backlog = new Backlog(options.highWater, this.socket)
    this.#open = open.add(this)
  }

  /** Fail with the signal's reason when it aborts, or has. */
  follow(signal: AbortSignal | undefined): void {
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Events lost so far. */
  get lost(): number {
    return this.#ended ? this.#lost : this.socket.lost
  }

  push(item: T): void {
    this.#backlog.push(item)
  }

  /** Resolves when the consumer can take more. */
  room(): Promise<void> {
    return this.#backlog.room()
  }

  /** What waits, all of it at once, again and again. A consumer that leaves closes the subscription. */
  batches(): AsyncGenerator<readonly (T | EventGap)[], void, undefined> {
    return this.#backlog.batches(() => this.close())
  }

  /** The same, one by one. */
  items(): AsyncIterator<T | EventGap, void, undefined> {
    return new OneByOne(this.batches())
  }

  /** The consumer gets what waits, then the end. Closing twice is fine. */
  close(): void {
    this.#end(undefined)
  }

  /** The consumer gets what waits, then the error. */
  fail(error: unknown): void {
    this.#end({ error })
  }

  #gap(): void {
    const { lost } = this.socket
    this.#backlog.push({ kind: 'gap', lost: lost - this.#lost })
    this.#lost = lost
    this.#listener.gap?.()
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#ended) return
    this.#lost = this.socket.lost
    this.#ended = true
    this.#open.delete(this)
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#backlog.end(failure)
    this.#listener.ended?.()
    this.socket.close()
  }

  readonly #abort = (): void => this.fail(this.#signal?.reason)
}
