import { EncodeError } from '@nfkit/netlink-codec'
import { assertNumbers, lookedUp, type Subject } from '../../conditions/match.ts'
import { namedSet } from '../../conditions/selection.ts'
import { selectorOf } from '../../conditions/selector.ts'
import type { DatatypeName } from '../../datatype/datatype.ts'
import type { Member, Value } from '../../datatype/value.ts'

/** Keys of a map that is part of the rule, and what each leads to. */
export type MapEntries<T> = readonly (readonly [Member, T])[]

/** A map that is named, or is part of the rule. */
export type Mapping<T> =
  /** Keys, and what each leads to. */
  | { readonly entries: MapEntries<T> }
  /** A map of the table, and whether its keys may be networks and ranges. */
  | { readonly map: string; readonly interval?: true }

/** A map of a table, as `table.map` makes it. */
export interface MapOf<
  K extends readonly DatatypeName[] = readonly DatatypeName[],
  V extends DatatypeName | 'verdict' = DatatypeName | 'verdict',
> {
  /** Tells it from a set. */
  readonly kind: 'map'
  /** Its name. */
  readonly name: string
  /** The types of its keys’ parts. */
  readonly key: K
  /** Whether keys may be networks and ranges. */
  readonly interval: boolean
  /** What its keys lead to. */
  readonly value: V
}

/** A look-up of what is selected in a map. */
export interface MapLookup<K extends 'map' | 'vmap' | 'objects', T> extends Subject {
  /** Tells a look-up of a value, of a verdict and of an object from what else may be there. */
  readonly kind: K
  readonly mask?: Value
  /** The map. */
  readonly map: Mapping<T>
}

/**
 * Returns the map that a rule is given, one of a table as `accepted` takes it, which may throw. Throws `EncodeError` for what is no map, and when a
 * map of a table has keys of other types than what is selected.
 */
export function mappingOf<T>(
  about: Subject,
  to: MapOf | MapEntries<T>,
  accepted: (map: MapOf, where: string) => void,
): Mapping<T> {
  const where = about.left.join(' . ')
  if (isList(to)) return { entries: to }
  if (typeof to !== 'object' || to === null || !('kind' in to))
    throw new EncodeError(where, 'a map is needed: one of a table, or a list of keys, each with what it leads to')
  const { set, ...interval } = namedSet(about, to, 'map')
  accepted(to, where)
  return { map: set, ...interval }
}

const isList = <T>(to: MapOf | MapEntries<T>): to is MapEntries<T> => Array.isArray(to)

/**
 * Returns a look-up in a map, its keys in their canonical form, and its values as `accepted` returns them, which may throw. Throws `EncodeError` for a key that
 * is none, and for a map without any.
 */
export function lookup<K extends 'map' | 'vmap' | 'objects', T>(
  kind: K,
  { left, mask }: Subject,
  to: Mapping<T>,
  accepted: (value: T, where: string) => T = (value) => value,
): MapLookup<K, T> {
  const where = left.join(' . ')
  const subject = mask === undefined ? { left } : { left, mask }
  const kinds = left.map(selectorOf)
  if ('map' in to || kinds.length > 1) assertNumbers(kinds, where)
  if ('map' in to) return Object.freeze({ kind, ...subject, map: Object.freeze(to) })
  if (to.entries.length === 0) throw new EncodeError(where, 'the map is empty: no packet could be in it')
  const entries = to.entries.map((entry) => {
    if (!Array.isArray(entry) || entry.length !== 2)
      throw new EncodeError(where, 'an entry of a map is a key and what it leads to: [22, 1]')
    const [member, value] = entry
    const one = accepted(value, where)
    return Object.freeze([lookedUp(kinds, member, where), one] as const)
  })
  return Object.freeze({ kind, ...subject, map: Object.freeze({ entries: Object.freeze(entries) }) })
}
