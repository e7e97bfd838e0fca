import type { Listing } from '../reading/listing.ts'
import type { Item } from './reader/item.ts'
import { itemOf } from './reader/text.ts'
import { isInside, placeIn, type TableItems, tableIn, tableOf } from './table.ts'

/** What the JSON leaves open. */
export interface ParseJsonOptions {
  /** The numbers of interfaces by their names, for rules with `iif` and `oif`: nft prints names there. `lo` is 1 by default. */
  readonly interfaces?: { readonly [name: string]: number } | undefined
}

const commands: readonly string[] = ['add', 'insert', 'replace', 'delete', 'create', 'flush', 'list', 'rename']

/**
 * Read a ruleset as `nft -j list ruleset` prints it, to the same values that `Nftables.list` reads from the kernel.
 *
 * nft 1.0.6 leaves out what the kernel has: comments of tables and chains, and parts of a second of timeouts. Where it leaves out what a
 * rule means (flags of a table, the device of a chain, an extension of iptables), the text is refused. That rules give elements of a
 * set statements of their own is told by the rules.
 *
 * Throws `RulesetJsonError`, which names the place, for what is no such text, and for what this library has no value for.
 *
 * @example
 * import { parseJson, printRuleset } from '@nfkit/nftables'
 *
 * const text = `{ "nftables": [
 *   { "table": { "family": "inet", "name": "fw", "handle": 1 } },
 *   { "chain": { "family": "inet", "table": "fw", "name": "in", "handle": 1 } },
 *   { "rule": { "family": "inet", "table": "fw", "chain": "in", "handle": 2, "expr": [
 *     { "match": { "op": "==", "left": { "payload": { "protocol": "tcp", "field": "dport" } }, "right": 22 } },
 *     { "accept": null }
 *   ] } }
 * ] }`
 * console.log(printRuleset(parseJson(text)).includes('tcp dport 22 accept')) // true
 */
export function parseJson(text: string, { interfaces = { lo: 1 } }: ParseJsonOptions = {}): Listing {
  const tables = new Map<string, TableItems>()
  for (const item of itemOf(text).fields(['nftables']).nftables.list()) sort(item, tables)
  return Object.freeze({ tables: Array.from(tables.values(), (items) => tableOf(items, { interfaces })) })
}

/** Puts an item to the table that it is in. */
function sort(item: Item, tables: Map<string, TableItems>): void {
  const [kind, inside] = item.only()
  if (kind === 'metainfo') {
    const { json_schema_version: version } = inside.fields(['json_schema_version'], ['version', 'release_name'])
    if (version.value !== 1) version.fail('this library reads version 1')
  } else if (kind === 'table') {
    const items = tableIn(inside)
    tables.set(`${items.table.family} ${items.table.name}`, items)
  } else if (isInside(kind)) {
    const place = placeIn(inside)
    const items = tables.get(place) ?? inside.fail(`table ${place} does not stand before it: list the whole table`)
    items.inside.push({ kind, item: inside })
  } else if (commands.includes(kind)) inside.fail('it is a command: give what "nft -j list ruleset" prints')
  else inside.fail('this library has no value for it')
}
