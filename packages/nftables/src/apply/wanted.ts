import { EncodeError } from '@nfkit/netlink-codec'
import type { Part } from '../commit/operation.ts'
import { tableKey } from '../commit/trial.ts'
import type { Chain } from '../values/chain.ts'
import type { Element } from '../values/element.ts'
import type { NamedMap } from '../values/map.ts'
import type { NamedObject } from '../values/object.ts'
import type { Rule } from '../values/rule.ts'
import type { NamedSet } from '../values/set.ts'
import type { Table } from '../values/table.ts'

/** A table as it is wanted, with everything in it. */
export interface WantedTable {
  readonly table: Table
  readonly chains: Map<string, { readonly chain: Chain; readonly rules: Rule[] }>
  readonly sets: Map<string, { readonly set: NamedSet | NamedMap; readonly elements: Element[] }>
  readonly objects: Map<string, NamedObject>
}

/** Returns the tables among these parts, each with what is in it. Throws `EncodeError` for what is in none of them, or is there twice. */
export function wantedTables(parts: Iterable<Part>): readonly WantedTable[] {
  const all = [...parts]
  const tables = new Map<string, WantedTable>()
  for (const part of all) {
    if (part.kind !== 'table') continue
    put(
      tables,
      tableKey(part),
      { table: part, chains: new Map(), sets: new Map(), objects: new Map() },
      `table ${part.name}`,
    )
  }
  for (const part of all) {
    if (part.kind === 'table') continue
    const wanted = tables.get(tableKey(part))
    if (wanted === undefined)
      throw new EncodeError(`${part.kind}`, `its table "${tableKey(part)}" is not among what is wanted`)
    if (part.kind === 'chain') put(wanted.chains, part.name, { chain: part, rules: [] }, `chain ${part.name}`)
    else if (part.kind === 'object') put(wanted.objects, objectKey(part), part, `${part.type} ${part.name}`)
    else if (part.kind === 'set' || part.kind === 'map')
      put(wanted.sets, part.name, { set: part, elements: [] }, `${part.kind} ${part.name}`)
  }
  for (const part of all) place(tables, part)
  return [...tables.values()]
}

/** What tells an object from others of its table. */
export const objectKey = ({ type, name }: NamedObject): string => `${type} ${name}`

function place(tables: ReadonlyMap<string, WantedTable>, part: Part): void {
  if (part.kind === 'rule') {
    const chain = tables.get(tableKey(part))?.chains.get(part.chain)
    if (chain === undefined) throw new EncodeError('rule', `its chain "${part.chain}" is not among what is wanted`)
    chain.rules.push(part)
  }
  if (part.kind === 'element') {
    const set = tables.get(tableKey(part))?.sets.get(part.set.name)
    if (set === undefined) throw new EncodeError('element', `its set "${part.set.name}" is not among what is wanted`)
    set.elements.push(part)
  }
}

function put<T>(map: Map<string, T>, key: string, value: T, what: string): void {
  if (map.has(key)) throw new EncodeError(what, 'it is wanted twice')
  map.set(key, value)
}
