import type { Subject } from '../../conditions/match.ts'
import { type ObjectType, objectUse } from '../meter.ts'
import { lookup, type MapEntries, type MapLookup } from './mapping.ts'

/** Uses the object of the table that a map has for what is selected. What is not in the map goes on with the rule. */
export interface ObjectLookup extends MapLookup<'objects', string> {
  /** What the objects are. */
  readonly type: ObjectType
}

/**
 * Use one of several objects of the table, by a map that is part of the rule: a helper for each port, a counter for each network. Throws `EncodeError`
 * for an object of another type, and for a key that is none.
 *
 * @example
 * import { objectMap, printClause, table, tcp } from '@nfkit/nftables'
 *
 * const fw = table('inet', 'fw')
 * const counted = objectMap('counter', tcp.dport, [[22, fw.counter('ssh')], [443, fw.counter('web')]])
 * console.log(printClause(counted)) // counter name tcp dport map { 22 : "ssh", 443 : "web" }
 */
export const objectMap = (
  type: ObjectType,
  about: Subject,
  to: MapEntries<{ readonly type: string; readonly name: string }>,
): ObjectLookup =>
  objectLookup(
    type,
    about,
    to.map(([member, object]) => [member, objectUse(type, object).name]),
  )

/** The same, of the names of objects. */
export function objectLookup(type: ObjectType, about: Subject, entries: MapEntries<string>): ObjectLookup {
  const named = lookup('objects', about, { entries }, (name) => objectUse(type, { type, name }).name)
  return Object.freeze({ ...named, type })
}
