import { setImmediate } from 'node:timers/promises'
import type { Flow } from '@nfkit/netlink-codec'
import type { Transport } from '@nfkit/netlink-transport'
import { conditionsOf } from './condition.ts'
import type { ConntrackTable } from './conntrack.ts'
import type { ExpectationEvent, FlowEvent } from './event.ts'
import { EventSocket } from './event-socket.ts'
import { defaultReceiveBuffer } from './events.ts'
import type { FlowFilter } from './filter.ts'
import { OneByOne } from './one-by-one.ts'
import { type ChangeCause, FlowView, type ViewChange } from './view.ts'

export interface WatchOptions {
  /**
   * Seconds between dumps that find what no event told; 60 by default, 0 for none. Entries that were made while nobody listened to
   * events anywhere never tell of their end (net.netfilter.nf_conntrack_events = 2).
   */
  readonly resyncSeconds?: number | undefined
  /** Bytes of the receive buffer to ask for; 8 MiB by default. */
  readonly receiveBuffer?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The view agrees with the table: after the first dump, and after each that repaired a gap. */
export interface WatchSynced {
  readonly kind: 'synced'
  /** Flows in the view. */
  readonly size: number
  readonly cause: ChangeCause
}

/** Events were lost; the changes that follow with the cause `resync` make up for them. */
export interface WatchGap {
  readonly kind: 'gap'
  readonly lost: number
}

export type FlowChange = ViewChange | WatchSynced | WatchGap

/** Changes that may wait for the consumer before events are left in the socket. */
const highWater = 65_536
/** The smallest amount of buffer an event occupies: after as many as fit, none that waited before is left. */
const leastTruesize = 512

/**
 * A live view of the table: every flow there is, then every change, each told once. Listens from the moment it is made; leaving a loop
 * over it closes it.
 */
export class Watch implements AsyncIterable<FlowChange>, AsyncDisposable {
  readonly #view: FlowView
  readonly #socket: EventSocket
  readonly #table: Pick<ConntrackTable, 'dump'>
  readonly #filter: FlowFilter
  readonly #closing = new AbortController()
  readonly #signal: AbortSignal | undefined
  #changes: FlowChange[] = []
  #paused = false
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined
  #syncing: ChangeCause | undefined
  #timer: NodeJS.Timeout | undefined
  #gaps = 0
  #lost = 0

  constructor(table: Pick<ConntrackTable, 'dump'>, transport: Transport, filter: FlowFilter, options: WatchOptions) {
    const { resyncSeconds = 60, receiveBuffer = defaultReceiveBuffer, signal } = options
    const conditions = conditionsOf(filter)
    // What can change must be seen changing, to be seen leaving the view.
    const constant = conditions.filter((condition) => condition.constant)
    const relevant = ({ flow }: FlowEvent) => constant.every(({ matches }) => matches(flow))
    this.#table = table
    this.#filter = filter
    this.#view = new FlowView(
      (flow) => conditions.every(({ matches }) => matches(flow)),
      (change) => this.#push(change),
    )
    const sink = {
      events: (events: (FlowEvent | ExpectationEvent)[]) => {
        for (const event of events) if ('flow' in event && relevant(event)) this.#view.event(event)
        this.#holdBack()
      },
      gap: () => this.#gap(),
      fail: (error: Error) => this.#fail(error),
    }
    const tests = constant.flatMap((condition) => condition.tests ?? [])
    this.#socket = new EventSocket(
      transport,
      { kinds: ['new', 'update', 'destroy'], tests, receiveBuffer, reliable: false },
      sink,
    )
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
    this.#sync('snapshot')
    if (resyncSeconds > 0) this.#timer = setInterval(() => this.resync(), 1_000 * resyncSeconds).unref()
  }

  /** The flows that match, as of now. */
  flows(): IterableIterator<Flow> {
    return this.#view.flows.values()
  }

  get size(): number {
    return this.#view.flows.size
  }

  /** The changes as they come, a burst at once. */
  batches(): AsyncIterable<readonly FlowChange[]> {
    return { [Symbol.asyncIterator]: () => this.#batches() }
  }

  [Symbol.asyncIterator](): AsyncIterator<FlowChange, void, undefined> {
    return new OneByOne(this.#batches())
  }

  /** Compare the view with the table now. What differs comes as changes, then `synced`. */
  resync(): void {
    this.#sync('resync')
  }

  /** Ends every loop after the changes that wait. Closing twice is fine. */
  close(): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    clearInterval(this.#timer)
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#socket.close()
    this.#wake?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async *#batches(): AsyncGenerator<readonly FlowChange[], void, undefined> {
    try {
      for (;;) {
        const batch = this.#changes
        if (batch.length > 0) {
          this.#changes = []
          this.#goOn()
          yield batch
        } else if (this.#failure) throw this.#failure.error
        else if (this.#closing.signal.aborted) return
        else await this.#arrival()
      }
    } finally {
      this.close()
    }
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }

  #push(change: FlowChange): void {
    this.#changes.push(change)
    this.#wake?.()
  }

  #holdBack(): void {
    if (this.#changes.length <= highWater || this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  #goOn(): void {
    if (!this.#paused || this.#closing.signal.aborted) return
    this.#paused = false
    this.#socket.resume()
  }

  #gap(): void {
    this.#gaps++
    const lost = this.#socket.lost
    this.#push({ kind: 'gap', lost: lost - this.#lost })
    this.#lost = lost
    this.#sync('resync')
  }

  #sync(cause: ChangeCause): void {
    if (this.#syncing !== undefined || this.#closing.signal.aborted) return
    this.#syncing = cause
    this.#repair(cause).then(
      () => {
        this.#syncing = undefined
        this.#push({ kind: 'synced', size: this.size, cause })
      },
      (error) => {
        if (!this.#closing.signal.aborted) this.#fail(error)
      },
    )
  }

  /** Dump until no event was lost meanwhile. */
  async #repair(cause: ChangeCause): Promise<void> {
    const { signal } = this.#closing
    for (let next: ChangeCause = cause, complete = false; !complete; next = 'resync') {
      await this.#drained()
      const gaps = this.#gaps
      const { lost } = this.#socket
      this.#view.beginDump(next)
      for await (const batch of this.#table.dump(this.#filter, { signal, onInterrupted: 'ignore' }).batches()) {
        for (const flow of batch) this.#view.dumped(flow)
        while (this.#changes.length > highWater) await setImmediate(undefined, { signal })
      }
      this.#view.endDump()
      complete = this.#gaps === gaps && this.#socket.lost === lost
    }
  }

  /**
   * Events that waited since before the dump would pass for newer than it. All of them have come once the buffer was seen empty, or as
   * many came as it can hold: after an overrun the kernel adds none before that.
   */
  async #drained(): Promise<void> {
    const { signal } = this.#closing
    const enough = this.#socket.received + Math.ceil(this.#socket.capacity / leastTruesize)
    while (this.#socket.waiting > 0 && this.#socket.received < enough) await setImmediate(undefined, { signal })
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.close()
  }

  readonly #abort = (): void => this.#fail(this.#signal?.reason)
}
