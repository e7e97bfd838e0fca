import type { Clause } from '../statements/statement.ts'
import { isVerdict, type Verdict } from '../statements/verdict.ts'
import type { Chain } from '../values/chain.ts'
import type { ListedTable } from './listing.ts'

/**
 * The base chains of a table from which packets get to a chain, by jumps and maps of verdicts; of a base chain, itself. None means
 * that no packet ever meets the chain.
 *
 * @example
 * import { baseChainsOf, type Nftables } from '@nfkit/nftables'
 *
 * export async function unreached(nft: Nftables) {
 *   const { tables } = await nft.list()
 *   return tables.flatMap((one) => one.chains.filter(({ chain }) => baseChainsOf(one, chain.name).length === 0))
 * }
 */
export function baseChainsOf(listed: ListedTable, chain: string): readonly Chain[] {
  const from = new Set([chain])
  const next = targetsOf(listed)
  // A set that grows while it is walked is walked to its end.
  for (const target of from) for (const [name, targets] of next) if (targets.has(target)) from.add(name)
  return listed.chains.map((one) => one.chain).filter(({ name, base }) => base !== undefined && from.has(name))
}

/** The chains that rules of each chain lead to. */
function targetsOf({ chains, sets }: ListedTable): ReadonlyMap<string, ReadonlySet<string>> {
  const maps = new Map(sets.map(({ set, elements }) => [set.name, elements.map(({ value }) => value)]))
  const inMap = (name: string): readonly Verdict[] => (maps.get(name) ?? []).filter(isVerdictValue)
  return new Map(
    chains.map(({ chain, rules }) => [
      chain.name,
      new Set(rules.flatMap(({ body }) => body.flatMap((clause) => verdictsOf(clause, inMap)).flatMap(chainIn))),
    ]),
  )
}

function verdictsOf(clause: Clause, inMap: (name: string) => readonly Verdict[]): readonly Verdict[] {
  if (clause.kind === 'vmap')
    return 'map' in clause.map ? inMap(clause.map.map) : clause.map.entries.map(([, verdict]) => verdict)
  return isVerdict(clause) ? [clause] : []
}

const isVerdictValue = (value: unknown): value is Verdict =>
  typeof value === 'object' && value !== null && 'kind' in value && isVerdict(value as Verdict)

const chainIn = (verdict: Verdict): readonly string[] => ('chain' in verdict ? [verdict.chain] : [])
