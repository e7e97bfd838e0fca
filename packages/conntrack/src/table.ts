import { whole } from '@nfkit/netlink-codec'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { type Connection, Requests } from '@nfkit/netlink-transport'
import { FlowDump, type FlowDumpOptions } from './dump/dump.ts'
import { eachEntry } from './dump/each-entry.ts'
import { compileNarrow, flush, flushPlan } from './dump/flush.ts'
import { type TableStatistics, tableCount, tableStatistics } from './dump/statistics.ts'
import { tableDump } from './dump/zeroing.ts'
import type { NewFlow } from './entry/create.ts'
import { getEntry, zeroEntry } from './entry/get.ts'
import { type CreateOptions, createEntry, deleteEntry, updateEntry } from './entry/request.ts'
import { changeKeys, type FlowChanges } from './entry/update.ts'
import { type EventOptions, EventStream } from './events/stream.ts'
import type { OpenStreams } from './events/subscription.ts'
import { allFeatures, FeatureProbe, type Features } from './features.ts'
import { type CompiledFilter, compile } from './filter/compile.ts'
import type { FilterExplanation, FlowFilter } from './filter/filter.ts'
import { planOf, wantedFeatures } from './filter/plan.ts'
import { assertKeys } from './known.ts'
import { FlowLookup, type FlowLookupOptions } from './lookup.ts'
import { isTarget, type Target } from './naming/target.ts'
import { Expectations } from './objects/expectation-table.ts'
import { Helpers } from './objects/helpers.ts'
import { Timeouts } from './objects/timeouts.ts'
import type { TableReader } from './reader.ts'
import { Watch, type WatchOptions } from './watch/watch.ts'

/**
 * The kernel's connection tracking table. Methods reject with `NetlinkError` when the kernel refuses, whose `advice` says what the
 * errno means there, and with `EncodeError` for what cannot be meant.
 *
 * @example
 * import { openConntrack } from '@nfkit/conntrack'
 * import { openMnl } from '@nfkit/mnl-native'
 *
 * await using ct = await openConntrack(openMnl())
 * const original = {
 *   protocol: 'tcp',
 *   source: { address: '10.0.0.1', port: 4000 },
 *   destination: { address: '10.0.0.2', port: 443 },
 * } as const
 * await ct.create({ original, timeoutSeconds: 600, mark: 7 })
 */
export class ConntrackTable implements TableReader, AsyncDisposable {
  /** Connections that helpers expect. */
  readonly expectations: Expectations
  /** Named timeout policies, and the default timeouts. */
  readonly timeouts: Timeouts
  /** Helpers in user space. */
  readonly helpers: Helpers
  readonly #requests: Requests
  readonly #features: FeatureProbe
  readonly #streams: OpenStreams = new Set()

  /** Of a connection that is open and receives; `openConntrack` makes one, and asks whether this kernel has such a table. */
  constructor(connection: Connection) {
    const requests = new Requests(connection)
    this.#requests = requests
    this.#features = new FeatureProbe(requests)
    this.expectations = new Expectations(requests)
    this.timeouts = new Timeouts(requests)
    this.helpers = new Helpers(requests)
  }

  async get(target: Target, options: { readonly zero?: boolean } = {}): Promise<Flow | undefined> {
    assertKeys(options, { zero: true }, 'get')
    return (options.zero ? zeroEntry : getEntry)(this.#requests, target)
  }

  async find(id: number, filter: FlowFilter = {}): Promise<Flow | undefined> {
    whole(id, 0xffff_ffff, 'CTA_ID')
    for await (const flow of this.dump({ ...filter, id })) return flow
    return undefined
  }

  dump(filter: FlowFilter = {}, options: FlowDumpOptions = {}): FlowDump {
    return new FlowDump(() => this.#dump(filter, options))
  }

  async explain(filter: FlowFilter): Promise<FilterExplanation> {
    const compiled = compile(filter)
    return planOf(compiled, await this.#features.of(wantedFeatures(compiled))).explanation
  }

  async features(filter?: FlowFilter): Promise<Features> {
    return this.#features.of(filter ? wantedFeatures(compile(filter)) : allFeatures)
  }

  /**
   * Make an entry. Rejects with EEXIST when either tuple is taken, unless `onExisting` says to update the entry that has the original one;
   * with `IgnoredChangeError` when the kernel left part of it out: the entry is there then, without that part.
   *
   * @example
   * import { NetlinkError } from '@nfkit/netlink-transport'
   *
   * try {
   *   await ct.create({ original, timeoutSeconds: 600 })
   * } catch (error) {
   *   console.log(error instanceof NetlinkError && error.code) // EEXIST
   * }
   */
  async create(flow: NewFlow, options: CreateOptions = {}): Promise<void> {
    return createEntry(this.#requests, flow, options)
  }

  /**
   * Change an entry. Rejects with ENOENT when there is none, and with `IgnoredChangeError` when the kernel left part of it out.
   * The kernel goes by tuple and zone: it does not compare a flow's id.
   */
  update(target: Target, changes: FlowChanges): Promise<void>
  /**
   * Change every entry that matches, one by one; resolves to how many those were. A filter without a condition is refused. When the kernel
   * refuses a change, those before it are made.
   *
   * @example
   * await ct.update({ protocol: 'tcp', source: '10.0.0.1' }, { mark: { value: 0x10, mask: 0xf0 } })
   * console.log((await ct.get(original))?.mark) // 23
   */
  update(filter: FlowFilter, changes: FlowChanges): Promise<number>
  async update(which: Target | FlowFilter, changes: FlowChanges): Promise<unknown> {
    assertKeys(changes, changeKeys, 'FlowChanges')
    if (isTarget(which)) return updateEntry(this.#requests, which, changes)
    const filter = compileNarrow(which, 'IPCTNL_MSG_CT_NEW', 'name what is to change')
    return eachEntry(this.#dump(filter), (flow) => updateEntry(this.#requests, flow, changes))
  }

  /**
   * Remove one entry. Rejects with ENOENT when there is none, and when a flow's tuple belongs to another connection by now.
   *
   * @example
   * await ct.delete(original)
   * console.log(await ct.get(original)) // undefined
   */
  async delete(target: Target): Promise<void> {
    await deleteEntry(this.#requests, target)
  }

  /** Remove every entry. A filter that is `undefined` is not taken for none: it is refused. */
  flush(): Promise<undefined>
  /**
   * Remove every entry that matches. By a filter the kernel honours as a whole it is one request; else matching entries are deleted
   * one by one. Resolves to how many those were, `undefined` when the kernel did it and did not count. A filter without a condition is
   * refused.
   *
   * @example
   * await ct.flush({ source: '10.0.0.1', destinationPort: 443 })
   * console.log(await ct.get(original)) // undefined
   */
  flush(filter: FlowFilter): Promise<number | undefined>
  async flush(...filters: [] | [FlowFilter]): Promise<number | undefined> {
    if (filters.length === 0) return flush(this.#requests, 0, {})
    const filter = compileNarrow(filters[0], 'IPCTNL_MSG_CT_DELETE', 'call flush() without one to remove every entry')
    const plan = flushPlan(filter, await this.features())
    if (plan !== undefined) return flush(this.#requests, plan.family, plan.attrs)
    return eachEntry(this.#dump(filter), (flow) => deleteEntry(this.#requests, flow))
  }

  async count(): Promise<number> {
    return (await tableCount(this.#requests)).entries
  }

  async stats(): Promise<TableStatistics> {
    return tableStatistics(this.#requests)
  }

  /**
   * Events of the table from now on, on a socket of its own. Throws at once: `TransportError` without CAP_NET_ADMIN or when no socket can be
   * opened, `EncodeError` for options that cannot be.
   *
   * @example
   * const events = ct.events({ kinds: ['new'], filter: { destinationPort: 22 } })
   * await ct.create({ original: { ...original, destination: { address: '10.0.0.2', port: 22 } }, timeoutSeconds: 60 })
   * for await (const event of events) {
   *   console.log(event.kind) // new
   *   break
   * }
   */
  events(options: EventOptions = {}): EventStream {
    return new EventStream(() => this.#requests.transport.sibling(), options, this.#streams)
  }

  /**
   * A live view of the table: first every flow, then each change. A filter by state or label, or with `not` or `where`, keeps in memory
   * whatever its other conditions select: events do not tell all of a flow. Throws at
   * once, as `events` does; what the dumps reject with comes out of the loop.
   *
   * @example
   * for await (const change of ct.watch({ source: '10.0.0.1' })) {
   *   if (change.kind === 'added') console.log(change.flow.mark) // 7
   *   if (change.kind === 'synced') break
   * }
   */
  watch(filter: FlowFilter = {}, options: WatchOptions = {}): Watch {
    return new Watch(this.#dump, () => this.#requests.transport.sibling(), filter, options, this.#streams)
  }

  /**
   * A cache of flows by the tuple of a packet, for consumers that ask often.
   *
   * @example
   * const flows = ct.lookup({ maxAgeMilliseconds: 500 })
   * console.log((await flows.get(original))?.mark) // 7
   */
  lookup(options: FlowLookupOptions = {}): FlowLookup {
    return new FlowLookup(this, options)
  }

  readonly #dump = (filter: FlowFilter | CompiledFilter, options: FlowDumpOptions = {}) =>
    tableDump(this.#requests, this.#features, filter, options)

  /** Requests that still wait are rejected; events and watches end. Dumps that run go on. Closing twice is fine. */
  close(): void {
    for (const stream of this.#streams) stream.close()
    this.#requests.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}
