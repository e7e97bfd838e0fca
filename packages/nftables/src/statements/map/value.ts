import { EncodeError } from '@nfkit/netlink-codec'
import type { Subject } from '../../conditions/match.ts'
import { canonical } from '../../datatype/canonical.ts'
import type { DatatypeName } from '../../datatype/datatype.ts'
import { isRange, type Value } from '../../datatype/value.ts'
import { lookup, type MapEntries, type MapLookup, type MapOf, type Mapping, mappingOf } from './mapping.ts'

/** The value that a map has for what is selected. Where it has none, the packet does not meet the rule. */
export type ValueLookup = MapLookup<'map', Value>

/** A map to values that is named, or is part of the rule. */
export type ValueMapping = Mapping<Value>

/** A map with values, as `table.map` makes it. */
export type ValueMapOf<K extends readonly DatatypeName[] = readonly DatatypeName[]> = MapOf<K>

/**
 * Look up a value, for `assign`: in a map of the table, or in one that is part of the rule. Throws `EncodeError` when the map's keys are of other
 * types, or lead to verdicts.
 *
 * @example
 * import { assign, map, meta, printClause, tcp } from '@nfkit/nftables'
 *
 * const marked = assign(meta.mark, map(tcp.dport, [[22, 1], [{ from: 80, to: 89 }, 2]]))
 * console.log(printClause(marked)) // meta mark set tcp dport map { 22 : 0x00000001, 80-89 : 0x00000002 }
 */
export const map = (about: Subject, to: ValueMapOf | MapEntries<Value>): ValueLookup =>
  valueLookup(about, mappingOf(about, to, hasValues))

function hasValues({ name, value }: MapOf, where: string): void {
  if (value === 'verdict') throw new EncodeError(where, `the map "${name}" has verdicts: look it up with vmap`)
}

/** Whether it is a look-up, and no value. */
export const isLookup = (value: unknown): value is ValueLookup =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'map'

/** Returns a look-up in a map, its keys in their canonical form. Throws `EncodeError`. */
export const valueLookup = (about: Subject, to: ValueMapping): ValueLookup => lookup('map', about, to)

/** The same, its values in the canonical form of a type. Throws `EncodeError` for a value that is none of it. */
export function valuesOf(lookup: ValueLookup, type: Parameters<typeof canonical>[0], where: string): ValueLookup {
  if ('map' in lookup.map) return lookup
  const entries = lookup.map.entries.map(([member, value]) => {
    const one = canonical(type, value, where)
    if (isRange(one)) throw new EncodeError(where, 'a key leads to one value')
    return Object.freeze([member, one] as const)
  })
  return Object.freeze({ ...lookup, map: Object.freeze({ entries: Object.freeze(entries) }) })
}
