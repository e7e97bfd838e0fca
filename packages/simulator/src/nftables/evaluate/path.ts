import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { Journey } from '../../hooks/journey.ts'
import type { PathStep } from '../../hooks/path.ts'
import { verdictMask } from '../../hooks/verdict.ts'
import { type NftChainState, type NftRuleState, nftCode, type Outcome } from '../state/chain.ts'
import { familyNames } from '../state/family.ts'

const names: { readonly [verdict: number]: PathStep['verdict'] } = {
  [verdicts.accept]: 'accept',
  [verdicts.drop]: 'drop',
  [verdicts.queue]: 'queue',
  [nftCode.return]: 'return',
}

/** Note what a packet met: a rule, or for `undefined` the policy of a chain. */
export function note({ path }: Journey, chain: NftChainState, rule: NftRuleState | undefined, outcome: Outcome): void {
  const { table, name } = chain
  const base = { family: familyNames[table.family]!, table: table.name, chain: name, rule }
  if (typeof outcome === 'object')
    path.push({ ...base, verdict: outcome.returns ? 'jump' : 'goto', to: outcome.chain.name })
  else path.push({ ...base, verdict: outcome === undefined ? 'continue' : nameOf(outcome), to: undefined })
}

const nameOf = (outcome: number): PathStep['verdict'] => names[outcome < 0 ? outcome : outcome & verdictMask]!
