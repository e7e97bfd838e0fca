import { EncodeError } from '@nfkit/netlink-codec'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { Backlog, type EventSocket, OneByOne, type Transport } from '@nfkit/netlink-transport'
import type { FlowDump, FlowDumpOptions } from '../dump/dump.ts'
import type { FlowEvent } from '../events/event.ts'
import { eventSocket } from '../events/socket.ts'
import { assertListening, defaultReceiveBuffer, type OpenStreams } from '../events/stream.ts'
import { conditionsOf } from '../filter/compile.ts'
import type { FlowFilter } from '../filter/filter.ts'
import { assertKeys, type Keys } from '../known.ts'
import { every } from './every.ts'
import { Repair } from './repair.ts'
import { dumpFilter } from './snapshot-filter.ts'
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

/** What a view needs of the table: `ConntrackTable` is one. */
export interface Dumper {
  dump(filter: FlowFilter, options: FlowDumpOptions): FlowDump
}

/**
 * A live view of the table: every flow there is, then every change, each told once. Listens from the moment it is made; leaving a loop
 * over it closes it.
 */
export class Watch implements AsyncIterable<FlowChange>, AsyncDisposable {
  readonly #view: FlowView
  readonly #socket: EventSocket
  readonly #backlog: Backlog<FlowChange>
  readonly #repair: Repair
  readonly #signal: AbortSignal | undefined
  readonly #stopTimer: (() => void) | undefined
  readonly #open: OpenStreams
  #closed = false
  /** Whether a comparison was asked for while another ran. */
  #again = false
  #lost = 0

  /** `connect` opens the socket for events. Throws `EncodeError` before that, and what opening throws. */
  constructor(table: Dumper, connect: () => Transport, filter: FlowFilter, options: WatchOptions, open: OpenStreams) {
    assertKeys(options, keys, 'WatchOptions')
    const { resyncSeconds = 60, receiveBuffer = defaultReceiveBuffer, signal } = options
    if (!(resyncSeconds >= 0))
      throw new EncodeError('WatchOptions', `"resyncSeconds" is ${resyncSeconds}, not 0 or more`)
    assertListening(receiveBuffer, signal, 'WatchOptions')
    const conditions = conditionsOf(filter)
    // Only conditions that never change go into the socket filter: the event that makes a flow stop matching must still arrive.
    const constant = conditions.filter((condition) => condition.constant)
    const relevant = ({ flow }: FlowEvent) => constant.every(({ matches }) => matches(flow))
    const tests = constant.flatMap((condition) => condition.tests ?? [])
    const matches = (flow: Flow) => conditions.every((condition) => condition.matches(flow))
    const dumped = dumpFilter(filter, conditions)
    this.#view = new FlowView(matches, (change) => this.#backlog.push(change), dumped !== filter)
    this.#socket = eventSocket(
      connect(),
      { kinds: ['new', 'update', 'destroy'], tests, receiveBuffer, reliable: false },
      {
        events: (events) => {
          for (const event of events) if ('flow' in event && relevant(event)) this.#view.event(event)
          this.#backlog.hold()
        },
        gap: () => this.#gap(),
        fail: (error) => this.#end({ error }),
      },
    )
    this.#backlog = new Backlog(highWater, this.#socket)
    this.#repair = new Repair(
      this.#socket,
      this.#view,
      () => this.#backlog.room(),
      (signal) => table.dump(dumped, { signal, onInterrupted: 'ignore' }).batches(),
    )
    this.#signal = signal
    this.#open = open.add(this)
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
    if (this.#closed) return
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
    return { [Symbol.asyncIterator]: () => this.#backlog.batches(() => this.close()) }
  }

  [Symbol.asyncIterator](): AsyncIterator<FlowChange, void, undefined> {
    return new OneByOne(this.#backlog.batches(() => this.close()))
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
    this.#end(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #gap(): void {
    const { lost } = this.#socket
    this.#backlog.push({ kind: 'gap', lost: lost - this.#lost })
    this.#lost = lost
    this.#repair.again()
    this.#sync('resync')
  }

  #sync(cause: ChangeCause): void {
    if (this.#closed || this.#repair.running) return
    this.#repair.run(cause).then(
      () => {
        this.#backlog.push({ kind: 'synced', size: this.size, cause })
        if (this.#again) this.resync()
      },
      (error) => this.#end({ error }),
    )
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#open.delete(this)
    this.#stopTimer?.()
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#backlog.end(failure)
    this.#repair.stop()
    this.#socket.close()
  }

  readonly #abort = (): void => this.#end({ error: this.#signal?.reason })
}
