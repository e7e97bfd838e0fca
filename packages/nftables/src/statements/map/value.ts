import { EncodeError } from '@nfkit/netlink-codec'
import { assertNumbers, lookedUp, type Subject } from '../../conditions/match.ts'
import { namedSet } from '../../conditions/selection.ts'
import { selectorOf } from '../../conditions/selector.ts'
import { canonical } from '../../datatype/canonical.ts'
import type { DatatypeName } from '../../datatype/datatype.ts'
import { isRange, type Member, type Value } from '../../datatype/value.ts'

/** The value that a map has for what is selected. Where it has none, the packet does not meet the rule. */
export interface ValueLookup extends Subject {
  /** Tells it from what is selected. */
  readonly kind: 'map'
  readonly mask?: Value
  /** The map. */
  readonly map: ValueMapping
}

/** A map to values that is named, or is part of the rule. */
export type ValueMapping =
  /** Keys, and what each leads to. */
  | { readonly entries: readonly (readonly [Member, Value])[] }
  /** A map of the table, and whether its keys may be networks and ranges. */
  | { readonly map: string; readonly interval?: true }

/** A map with values, as `table.map` makes it. */
export interface ValueMapOf<K extends readonly DatatypeName[] = readonly DatatypeName[]> {
  /** Tells it from a set. */
  readonly kind: 'map'
  /** Its name. */
  readonly name: string
  /** The types of its keys’ parts. */
  readonly key: K
  /** Whether keys may be networks and ranges. */
  readonly interval: boolean
  /** What its keys lead to. */
  readonly value: DatatypeName | 'verdict'
}

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
export const map = (about: Subject, to: ValueMapOf | readonly (readonly [Member, Value])[]): ValueLookup =>
  valueLookup(about, 'kind' in to ? nameOf(about, to) : { entries: to })

function nameOf(about: Subject, to: ValueMapOf): ValueMapping {
  const { set, ...interval } = namedSet(about, to, 'map')
  if (to.value === 'verdict')
    throw new EncodeError(about.left.join(' . '), `the map "${to.name}" has verdicts: look it up with vmap`)
  return { map: set, ...interval }
}

/** Whether it is a look-up, and no value. */
export const isLookup = (value: unknown): value is ValueLookup =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'map'

/** Returns a look-up in a map, its keys in their canonical form. Throws `EncodeError`. */
export function valueLookup({ left, mask }: Subject, to: ValueMapping): ValueLookup {
  const where = left.join(' . ')
  const subject = mask === undefined ? { left } : { left, mask }
  const kinds = left.map(selectorOf)
  if ('map' in to || kinds.length > 1) assertNumbers(kinds, where)
  if ('map' in to) return Object.freeze({ kind: 'map', ...subject, map: Object.freeze(to) })
  if (to.entries.length === 0) throw new EncodeError(where, 'the map is empty: no packet could be in it')
  const entries = to.entries.map(([member, value]) => Object.freeze([lookedUp(kinds, member, where), value] as const))
  return Object.freeze({ kind: 'map', ...subject, map: Object.freeze({ entries: Object.freeze(entries) }) })
}

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
