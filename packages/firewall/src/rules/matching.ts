import { type Match, parse } from '@nfkit/nftables'

/**
 * Which connections are judged: conditions in the language of nft (`tcp dport { 80, 443 }`), one typed condition, or several that must hold
 * together.
 */
export type ConnectionMatch = string | Match | readonly Match[]

/** Conditions, all of which must hold. */
export type Conditions = readonly Match[]

/**
 * What must hold, in alternatives. Throws `RuleSyntaxError` for what is not nft's language, and `TypeError` for what is no condition: a
 * verdict, say.
 */
export function alternatives(
  match: ConnectionMatch | readonly (ConnectionMatch | readonly Match[])[] | undefined,
): readonly Conditions[] {
  if (match === undefined) return [[]]
  if (typeof match === 'string' || !Array.isArray(match)) return [conditionsOf(match as ConnectionMatch)]
  if (match.length === 0)
    throw new TypeError('match: the list is empty, and no connection would be judged: leave it out to judge all')
  return match.map((one) => conditionsOf(one as ConnectionMatch))
}

function conditionsOf(match: ConnectionMatch): Conditions {
  const clauses = typeof match === 'string' ? parse(match) : Array.isArray(match) ? match : [match]
  return clauses.map((clause: { readonly kind?: string }) => {
    if (clause?.kind === 'match') return clause as Match
    throw new TypeError(
      `match: ${clause?.kind === undefined ? String(clause) : `"${clause.kind}"`} is no condition: what becomes of a connection is for the judge`,
    )
  })
}
