import { EncodeError } from '@nfkit/netlink-codec'
import type { Subject } from '../../conditions/match.ts'
import type { DatatypeName } from '../../datatype/datatype.ts'
import { isVerdict, type Verdict } from '../verdict.ts'
import { lookup, type MapEntries, type MapLookup, type MapOf, type Mapping, mappingOf } from './mapping.ts'

/** Looks up what becomes of the packet. What is not in the map goes on with the rule. */
export type VerdictLookup = MapLookup<'vmap', Verdict>

/** A map to verdicts that is named, or is part of the rule. */
export type VerdictMapping = Mapping<Verdict>

/** A map with verdicts, as `table.map` makes it. */
export type VerdictMapOf<K extends readonly DatatypeName[] = readonly DatatypeName[]> = MapOf<K, 'verdict'>

/**
 * Look up what becomes of the packet: in a map of the table, or in one that is part of the rule. Throws `EncodeError` when the map's
 * keys are of other types.
 *
 * @example
 * import { accept, drop, tcp, vmap } from '@nfkit/nftables'
 *
 * console.log(vmap(tcp.dport, [[22, accept()], [{ from: 1, to: 21 }, drop()]]).kind) // vmap
 */
export const vmap = (about: Subject, map: VerdictMapOf | MapEntries<Verdict>): VerdictLookup =>
  verdictLookup(about, mappingOf(about, map, hasVerdicts))

function hasVerdicts({ name, value }: MapOf, where: string): void {
  if (value !== 'verdict') throw new EncodeError(where, `the map "${name}" has no verdicts`)
}

/** Returns a look-up in a map, its keys in their canonical form. Throws `EncodeError`. */
export const verdictLookup = (about: Subject, map: VerdictMapping): VerdictLookup =>
  lookup('vmap', about, map, (verdict, where) => {
    if (!isVerdict(verdict))
      throw new EncodeError(where, 'the values of the map are verdicts: accept(), drop(), jump(chain)')
    return verdict
  })
