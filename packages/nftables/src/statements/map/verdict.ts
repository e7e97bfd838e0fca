import { EncodeError } from '@nfkit/netlink-codec'
import { assertNumbers, lookedUp, type Subject } from '../../conditions/match.ts'
import { namedSet } from '../../conditions/selection.ts'
import { selectorOf } from '../../conditions/selector.ts'
import type { DatatypeName } from '../../datatype/datatype.ts'
import type { Member, Value } from '../../datatype/value.ts'
import { isVerdict, type Verdict } from '../verdict.ts'

/** Looks up what becomes of the packet. What is not in the map goes on with the rule. */
export interface VerdictLookup extends Subject {
  /** Tells it from other statements. */
  readonly kind: 'vmap'
  readonly mask?: Value
  /** The map. */
  readonly map: VerdictMapping
}

/** A map that is named, or is part of the rule. */
export type VerdictMapping =
  /** Keys, and what each leads to. */
  | { readonly entries: readonly (readonly [Member, Verdict])[] }
  /** A map of the table, and whether its keys may be networks and ranges. */
  | { readonly map: string; readonly interval?: true }

/** A map with verdicts, as `table.map` makes it. */
export interface VerdictMapOf<K extends readonly DatatypeName[] = readonly DatatypeName[]> {
  /** Tells it from a set. */
  readonly kind: 'map'
  /** Its name. */
  readonly name: string
  /** The types of its keys’ parts. */
  readonly key: K
  /** Whether keys may be networks and ranges. */
  readonly interval: boolean
  /** What its keys lead to. */
  readonly value: 'verdict'
}

/**
 * Look up what becomes of the packet: in a map of the table, or in one that is part of the rule. Throws `EncodeError` when the map's
 * keys are of other types.
 *
 * @example
 * import { accept, drop, tcp, vmap } from '@nfkit/nftables'
 *
 * console.log(vmap(tcp.dport, [[22, accept()], [{ from: 1, to: 21 }, drop()]]).kind) // vmap
 */
export const vmap = (about: Subject, map: VerdictMapOf | readonly (readonly [Member, Verdict])[]): VerdictLookup =>
  verdictLookup(about, 'kind' in map ? nameOf(about, map) : { entries: map })

function nameOf(about: Subject, map: VerdictMapOf): VerdictMapping {
  const { set, ...interval } = namedSet(about, map, 'map')
  if (map.value !== 'verdict') throw new EncodeError(about.left.join(' . '), `the map "${map.name}" has no verdicts`)
  return { map: set, ...interval }
}

/** Returns a look-up in a map, its keys in their canonical form. Throws `EncodeError`. */
export function verdictLookup({ left, mask }: Subject, map: VerdictMapping): VerdictLookup {
  const where = left.join(' . ')
  const subject = mask === undefined ? { left } : { left, mask }
  const kinds = left.map(selectorOf)
  if ('map' in map || kinds.length > 1) assertNumbers(kinds, where)
  if ('map' in map) return Object.freeze({ kind: 'vmap', ...subject, map: Object.freeze(map) })
  if (map.entries.length === 0) throw new EncodeError(where, 'the map is empty: no packet could be in it')
  const entries = map.entries.map(([member, verdict]) => {
    if (!isVerdict(verdict))
      throw new EncodeError(where, 'the values of the map are verdicts: accept(), drop(), jump(chain)')
    return Object.freeze([lookedUp(kinds, member, where), verdict] as const)
  })
  return Object.freeze({ kind: 'vmap', ...subject, map: Object.freeze({ entries: Object.freeze(entries) }) })
}
