import { RuleBatch } from '../commit/batch.ts'
import type { Part } from '../commit/operation.ts'
import { tableKey } from '../commit/trial.ts'
import { printBatch } from '../print/operation.ts'
import type { Ruleset } from '../reading/listing.ts'
import { losesHook, reconcile } from './reconcile.ts'
import { wantedTables } from './wanted.ts'

/** What is to be done to get from what the kernel has to what is wanted. */
export interface Plan {
  /** The generation of the ruleset it was made for. */
  readonly generation: number
  /** What is to be done; without operations, everything is as it is wanted. */
  readonly batch: RuleBatch
  /**
   * Base chains that lose their hook, by path: packets that wait in queues of the network namespace are dropped then. Empty, unless a
   * chain must move to another hook or priority.
   */
  readonly lostHooks: readonly string[]
  /** What is done, in nft's language, a line each. */
  readonly text: string
}

/** Returns the smallest batch from what is listed to what is wanted. Tables that are not wanted are not touched. */
export function planOf(wanted: Iterable<Part>, { generation, tables }: Ruleset): Plan {
  const listed = new Map(tables.map((one) => [tableKey(one.table), one]))
  const batch = new RuleBatch()
  const lostHooks: string[] = []
  for (const table of wantedTables(wanted)) {
    const there = listed.get(tableKey(table.table))
    reconcile(batch, table, there)
    for (const one of there?.chains ?? [])
      if (losesHook(one, table)) lostHooks.push(`tables.${one.chain.table}.chains.${one.chain.name}`)
  }
  return { generation, batch, lostHooks, text: printBatch(batch.operations) }
}
