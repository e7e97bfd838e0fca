import type { Message } from '@nfkit/netlink-codec'
import { Backlog, check, EventSocket, type Transport } from '@nfkit/netlink-transport'

/** How a stream listens. */
export interface StreamOptions {
  /** Bytes of the receive buffer to ask for; 8 MiB by default. */
  readonly receiveBuffer?: number | undefined
  /** Stop. The loop throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** What the nf_tables close with themselves: streams enter when they are made, and leave when they end. */
export type OpenStreams = Set<{ close(): void }>

/** What a stream listens to, and what is made of what it hears. */
export interface Listener<E> {
  /** Number of the multicast group. */
  readonly group: number
  /** What a message tells; `undefined` when it tells nothing. May throw `DecodeError`. */
  read(message: Message): E | undefined
  /** A burst of it, in order. What this throws ends the stream. */
  events(events: readonly E[]): void
  /** So many more events were lost. */
  gap(lost: number): void
  /** The stream has ended. */
  ended?(): void
}

/** What may wait for the consumer before events are left in the socket's buffer. */
export const highWater = 1024

/** Events of the kernel on a socket of their own, and what is made of them on its way to a consumer, until one of the two ends. */
export class Stream<E, T> {
  readonly #socket: EventSocket<E>
  readonly #backlog: Backlog<T>
  readonly #listener: Listener<E>
  readonly #signal: AbortSignal | undefined
  readonly #open: OpenStreams
  #lost = 0
  #ended = false

  /** `connect` opens the socket. Throws `TypeError` and `RangeError` before that, and what opening throws. */
  constructor(
    what: string,
    connect: () => Transport,
    options: StreamOptions,
    listener: Listener<E>,
    open: OpenStreams,
  ) {
    const { receiveBuffer = 8 << 20, signal } = check.options(what, options, { receiveBuffer: true, signal: true })
    check.whole('receiveBuffer', receiveBuffer, 0, 0x7fff_ffff)
    this.#listener = listener
    this.#signal = signal
    const read = (message: Message) => listener.read(message)
    this.#socket = new EventSocket<E>(
      connect(),
      { groups: [listener.group], read, receiveBuffer },
      {
        events: (events) => {
          listener.events(events)
          this.#backlog.hold()
        },
        gap: () => this.#gap(),
        fail: (error) => this.fail(error),
      },
    )
    this.#backlog = new Backlog(highWater, this.#socket)
    this.#open = open.add(this)
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
  }

  get ended(): boolean {
    return this.#ended
  }

  push(item: T): void {
    this.#backlog.push(item)
  }

  /** What waits, all of it at once, again and again. A consumer that leaves closes the stream. */
  batches(): AsyncGenerator<readonly T[], void, undefined> {
    return this.#backlog.batches(() => this.close())
  }

  /** The consumer gets what waits, then the end. Closing twice is fine. */
  close(): void {
    this.#end()
  }

  /** The consumer gets what waits, then the error. */
  fail(error: unknown): void {
    this.#end({ error })
  }

  #gap(): void {
    const { lost } = this.#socket
    this.#listener.gap(lost - this.#lost)
    this.#lost = lost
  }

  #end(failure?: { readonly error: unknown }): void {
    if (this.#ended) return
    this.#ended = true
    this.#open.delete(this)
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#backlog.end(failure)
    this.#listener.ended?.()
    this.#socket.close()
  }

  readonly #abort = (): void => this.fail(this.#signal?.reason)
}
