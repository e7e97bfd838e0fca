import { EncodeError } from '@nfkit/netlink-codec'
import type { Transport } from '@nfkit/netlink-transport'
import { compile } from '../filter/compile.ts'
import type { FlowFilter } from '../filter/filter.ts'
import { assertKeys, type Keys, meaningOf } from '../known.ts'
import { type ConntrackEvent, type EventKind, eventGroups } from './event.ts'
import { assertListening, defaultReceiveBuffer, type Listener, type OpenStreams, Subscription } from './subscription.ts'

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

const flowKinds: readonly EventKind[] = ['new', 'update', 'destroy']

/** Events that may wait for the consumer before the socket is paused. */
const highWater = 8192

/**
 * Events from the moment this is made until it is closed; leaving a loop over it closes it. A consumer that is too slow has the kernel
 * lose events, which it is told by a `gap`.
 */
export class EventStream implements AsyncIterable<ConntrackEvent>, AsyncDisposable {
  readonly #subscription: Subscription<ConntrackEvent>

  /** `connect` opens the stream's socket. Throws `EncodeError` before that, and what opening throws. */
  constructor(connect: () => Transport, options: EventOptions, open: OpenStreams) {
    assertKeys(options, keys, 'EventOptions')
    const { kinds = flowKinds, filter = {}, reliable = false, receiveBuffer = defaultReceiveBuffer, signal } = options
    const { matches, tests } = compile(filter)
    for (const kind of kinds) meaningOf(kind, eventGroups, 'EventOptions', 'kind')
    if (kinds.length === 0) throw new EncodeError('EventOptions', '"kinds" is empty: nothing would ever be told')
    assertListening(receiveBuffer, signal, 'EventOptions')
    const listener: Listener = {
      event: (event) => {
        if (!('flow' in event) || matches(event.flow)) this.#subscription.push(event)
      },
    }
    this.#subscription = new Subscription(
      connect(),
      { kinds, tests, receiveBuffer, reliable, highWater },
      listener,
      open,
    )
    this.#subscription.follow(signal)
  }

  /** Events lost so far. */
  get lost(): number {
    return this.#subscription.lost
  }

  /** The events as they arrive, a burst at once. */
  batches(): AsyncIterable<readonly ConntrackEvent[]> {
    return { [Symbol.asyncIterator]: () => this.#subscription.batches() }
  }

  [Symbol.asyncIterator](): AsyncIterator<ConntrackEvent, void, undefined> {
    return this.#subscription.items()
  }

  /** Ends every loop after the events that wait. Closing twice is fine. */
  close(): void {
    this.#subscription.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}
