import { EncodeError } from '@nfkit/netlink-codec'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { Transport } from '@nfkit/netlink-transport'
import type { FlowDumpOptions } from '../dump/dump.ts'
import { assertListening, defaultReceiveBuffer, type OpenStreams, Subscription } from '../events/subscription.ts'
import { type CompiledFilter, compile } from '../filter/compile.ts'
import type { FlowFilter } from '../filter/filter.ts'
import { assertKeys, type Keys } from '../known.ts'
import { every } from './every.ts'
import { Repair } from './repair.ts'
import { type ChangeCause, FlowView, type ViewChange } from './view.ts'

/** How a live view listens and repairs itself. */
export interface WatchOptions {
  /**
   * Seconds between dumps that find what no event told; 60 by default, 0 or `Infinity` for none. One that is due while another runs is
   * left out. Entries that were made while nobody listened to events anywhere never tell of their end
   * (net.netfilter.nf_conntrack_events = 2).
   */
  readonly resyncSeconds?: number | undefined
  /** Bytes of the receive buffer to ask for; 8 MiB by default. */
  readonly receiveBuffer?: number | undefined
  /** Stop. The loop throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

const keys: Keys<WatchOptions> = { resyncSeconds: true, receiveBuffer: true, signal: true }

/** The view agrees with the table: after the first dump, and after each that repaired a gap. */
export interface WatchSynced {
  /** The view agrees with the table. */
  readonly kind: 'synced'
  /** Flows in the view. */
  readonly size: number
  /** What the agreement follows: the first dump, or one that compares. */
  readonly cause: ChangeCause
}

/** Events were lost; the changes that follow with the cause `resync` make up for them. */
export interface WatchGap {
  /** Events were lost. */
  readonly kind: 'gap'
  /** Events lost since the gap before. */
  readonly lost: number
}

/** What a live view yields. `kind` tells the alternatives apart. */
export type FlowChange = ViewChange | WatchSynced | WatchGap

/** Changes that may wait for the consumer before events are left in the socket's buffer. */
const highWater = 65_536

/** What a view needs of the table: the flows that match, as they are now. */
export type Dump = (filter: CompiledFilter, options: FlowDumpOptions) => AsyncIterable<readonly Flow[]>

/**
 * A live view of the table: every flow there is, then every change, each told once. Listens from the moment it is made; leaving a loop
 * over it closes it.
 */
export class Watch implements AsyncIterable<FlowChange>, AsyncDisposable {
  readonly #view: FlowView
  readonly #subscription: Subscription<FlowChange>
  readonly #repair: Repair
  #stopTimer: (() => void) | undefined
  /** Whether a comparison was asked for while another ran. */
  #again = false

  /** `connect` opens the socket for events. Throws `EncodeError` before that, and what opening throws. */
  constructor(dump: Dump, connect: () => Transport, filter: FlowFilter, options: WatchOptions, open: OpenStreams) {
    assertKeys(options, keys, 'WatchOptions')
    const { resyncSeconds = 60, receiveBuffer = defaultReceiveBuffer, signal } = options
    if (!(resyncSeconds >= 0))
      throw new EncodeError('WatchOptions', `"resyncSeconds" is ${resyncSeconds}, not 0 or more`)
    assertListening(receiveBuffer, signal, 'WatchOptions')
    const compiled = compile(filter)
    // Only conditions that never change go into the socket filter: the event that makes a flow stop matching must still arrive.
    const { matches: isRelevant, tests } = compiled.lasting
    const { snapshot } = compiled
    this.#view = new FlowView(compiled.matches, (change) => this.#subscription.push(change), snapshot !== compiled)
    this.#subscription = new Subscription(
      connect(),
      { kinds: ['new', 'update', 'destroy'], tests, receiveBuffer, reliable: false, highWater },
      {
        event: (event) => {
          if ('flow' in event && isRelevant(event.flow)) this.#view.event(event)
        },
        gap: () => {
          this.#repair.again()
          this.#sync('resync')
        },
        ended: () => {
          this.#stopTimer?.()
          this.#repair.stop()
        },
      },
      open,
    )
    this.#repair = new Repair(
      this.#subscription.socket,
      this.#view,
      () => this.#subscription.room(),
      (signal) => dump(snapshot, { signal, onInterrupted: 'ignore' }),
    )
    this.#subscription.follow(signal)
    if (this.#subscription.ended) return
    this.#sync('snapshot')
    this.#stopTimer = every(resyncSeconds, () => this.#sync('resync'))
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
    return { [Symbol.asyncIterator]: () => this.#subscription.batches() }
  }

  [Symbol.asyncIterator](): AsyncIterator<FlowChange, void, undefined> {
    return this.#subscription.items()
  }

  /**
   * Compare the view with the table now. Differences come as changes, then `synced`. While a comparison runs, this asks for one more
   * after it, however often it is called; each of the two tells `synced`.
   */
  resync(): void {
    this.#again = this.#repair.running
    this.#sync('resync')
  }

  /** Ends every loop after the changes that wait. Closing twice is fine. */
  close(): void {
    this.#subscription.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #sync(cause: ChangeCause): void {
    if (this.#subscription.ended || this.#repair.running) return
    this.#repair.run(cause).then(
      () => {
        this.#subscription.push({ kind: 'synced', size: this.size, cause })
        if (this.#again) this.resync()
      },
      (error) => this.#subscription.fail(error),
    )
  }
}
