import { EncodeError, whole } from '@nfkit/netlink-codec'
import { Backlog, type EventSocket, OneByOne, type Transport } from '@nfkit/netlink-transport'
import { conditionsOf } from '../filter/compile.ts'
import type { Condition } from '../filter/condition.ts'
import type { FlowFilter } from '../filter/filter.ts'
import { assertKeys, assertSignal, type Keys, meaningOf } from '../known.ts'
import { type ConntrackEvent, type EventKind, type ExpectationEvent, eventGroups, type FlowEvent } from './event.ts'
import { type ConntrackSink, eventSocket } from './socket.ts'

/** Which events a stream yields, and how it listens. */
export interface EventOptions {
  /**
   * Which kinds; `new`, `update` and `destroy` by default. Connections that were made while nobody listened to those three have no
   * events, and neither have their expectations (net.netfilter.nf_conntrack_events = 2).
   */
  readonly kinds?: readonly EventKind[] | undefined
  /**
   * Which flows. Events lack what did not change: a label or a state is compared where the event has one. What `where` throws ends the
   * stream.
   */
  readonly filter?: FlowFilter | undefined
  /** Have the kernel keep and repeat destroy events that did not fit: entries are held until they are told of. */
  readonly reliable?: boolean | undefined
  /** Bytes of the receive buffer to ask for; 8 MiB, about 8,000 events, by default. */
  readonly receiveBuffer?: number | undefined
  /** Stop. Loops over the stream throw the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

const keys: Keys<EventOptions> = { kinds: true, filter: true, reliable: true, receiveBuffer: true, signal: true }

export const defaultReceiveBuffer = 8 << 20

/** Refuses what a socket that listens cannot have. Throws `EncodeError`. */
export function assertListening(receiveBuffer: number, signal: AbortSignal | undefined, what: string): void {
  whole(receiveBuffer, 0x7fff_ffff, `${what} receiveBuffer`)
  assertSignal(signal, what)
}

const flowKinds: readonly EventKind[] = ['new', 'update', 'destroy']

/** What a table closes with itself: streams enter when they are made, and leave when they are closed. */
export type OpenStreams = Set<{ close(): void }>

/** Events that may wait for the consumer before the socket is paused. */
const highWater = 8192

/**
 * Events from the moment this is made until it is closed; leaving a loop over it closes it. A consumer that is too slow has the kernel
 * lose events, which it is told by a `gap`.
 */
export class EventStream implements AsyncIterable<ConntrackEvent>, AsyncDisposable {
  readonly #socket: EventSocket
  readonly #backlog: Backlog<ConntrackEvent>
  readonly #signal: AbortSignal | undefined
  readonly #open: OpenStreams
  #closed = false
  #lost = 0

  /** `connect` opens the stream's socket. Throws `EncodeError` before that, and what opening throws. */
  constructor(connect: () => Transport, options: EventOptions, open: OpenStreams) {
    assertKeys(options, keys, 'EventOptions')
    const { kinds = flowKinds, filter = {}, reliable = false, receiveBuffer = defaultReceiveBuffer, signal } = options
    const conditions = conditionsOf(filter)
    for (const kind of kinds) meaningOf(kind, eventGroups, 'EventOptions', 'kind')
    if (kinds.length === 0) throw new EncodeError('EventOptions', '"kinds" is empty: nothing would ever be told')
    assertListening(receiveBuffer, signal, 'EventOptions')
    const tests = conditions.flatMap((condition) => condition.tests ?? [])
    this.#socket = eventSocket(connect(), { kinds, tests, receiveBuffer, reliable }, this.#sink(conditions))
    this.#backlog = new Backlog(highWater, this.#socket)
    this.#signal = signal
    this.#open = open.add(this)
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
  }

  /** Events lost so far. */
  get lost(): number {
    return this.#closed ? this.#lost : this.#socket.lost
  }

  /** The events as they arrive, a burst at once. */
  batches(): AsyncIterable<readonly ConntrackEvent[]> {
    return { [Symbol.asyncIterator]: () => this.#backlog.batches(() => this.close()) }
  }

  [Symbol.asyncIterator](): AsyncIterator<ConntrackEvent, void, undefined> {
    return new OneByOne(this.#backlog.batches(() => this.close()))
  }

  /** Ends every loop after the events that wait. Closing twice is fine. */
  close(): void {
    this.#end(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #sink(conditions: readonly Condition[]): ConntrackSink {
    return {
      events: (events) => {
        for (const event of events) if (isMeant(conditions, event)) this.#backlog.push(event)
        this.#backlog.hold()
      },
      gap: () => {
        const { lost } = this.#socket
        this.#backlog.push({ kind: 'gap', lost: lost - this.#lost })
        this.#lost = lost
      },
      fail: (error) => this.#end({ error }),
    }
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#closed) return
    this.#lost = this.#socket.lost
    this.#closed = true
    this.#open.delete(this)
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#backlog.end(failure)
    this.#socket.close()
  }

  readonly #abort = (): void => this.#end({ error: this.#signal?.reason })
}

const isMeant = (conditions: readonly Condition[], event: FlowEvent | ExpectationEvent): boolean =>
  !('flow' in event) || conditions.every(({ matches }) => matches(event.flow))
