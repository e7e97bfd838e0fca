import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { FlowDump, FlowDumpOptions } from './dump/dump.ts'
import type { TableStatistics } from './dump/statistics.ts'
import type { Features } from './features.ts'
import type { FilterExplanation, FlowFilter } from './filter/filter.ts'
import type { Target } from './naming/target.ts'

/**
 * What can be asked of the connection tracking table: all that a program needs which changes nothing there. `ConntrackTable` is one. Methods
 * reject with `NetlinkError` when the kernel refuses, and with `EncodeError` for what cannot be meant.
 *
 * @example
 * import { openConntrack, type TableReader } from '@nfkit/conntrack'
 * import { openMnl } from '@nfkit/mnl-native'
 *
 * await using table = await openConntrack(openMnl())
 * const original = {
 *   protocol: 'tcp',
 *   source: { address: '10.0.0.1', port: 4000 },
 *   destination: { address: '10.0.0.2', port: 443 },
 * } as const
 * await table.create({ original, timeoutSeconds: 600, mark: 7 })
 * const ct: TableReader = table
 */
export interface TableReader {
  /**
   * The entry with this tuple, in either direction; `undefined` when there is none, and when a flow's tuple belongs to another
   * connection by now. `zero` resets its counters, which show the values before.
   *
   * @example
   * const flow = await ct.get(original)
   * console.log(flow?.mark, flow?.reply.destination.port) // 7 4000
   */
  get(target: Target, options?: { readonly zero?: boolean }): Promise<Flow | undefined>

  /**
   * The entry with this id, found by walking the table: the kernel looks up tuples only. Ids are hashes of 32 bits; in a large table
   * two entries may share one, and a filter tells them apart.
   *
   * @example
   * const id = (await ct.get(original))?.id ?? 0
   * console.log((await ct.find(id, { protocol: 'tcp' }))?.mark) // 7
   */
  find(id: number, filter?: FlowFilter): Promise<Flow | undefined>

  /**
   * Every entry that matches, in no order. One changed meanwhile may appear as it was before, or as it is after; one that comes or goes
   * may be missing.
   *
   * @example
   * for await (const flow of ct.dump({ source: '10.0.0.0/8', mark: { value: 7, mask: 0xff } })) {
   *   console.log(flow.original.destination.port) // 443
   * }
   */
  dump(filter?: FlowFilter, options?: FlowDumpOptions): FlowDump

  /**
   * Which conditions of a filter this kernel applies to a dump, and which are applied here.
   *
   * @example
   * const { kernel, here } = await ct.explain({ mark: 7, state: 'established' })
   * console.log(kernel.length, here.length) // 1 1
   */
  explain(filter: FlowFilter): Promise<FilterExplanation>

  /** What this kernel honours of what the filter could use; all features without a filter. */
  features(filter?: FlowFilter): Promise<Features>

  /** Entries in the table, dying ones included. */
  count(): Promise<number>

  /**
   * How many entries there are and may be, and each processor's counters. Rejects with `NetlinkError` when the kernel refuses.
   *
   * @example
   * const { entries, maxEntries = 0 } = await ct.stats()
   * if (entries > 0.9 * maxEntries) console.error('the table is nearly full')
   */
  stats(): Promise<TableStatistics>
}
