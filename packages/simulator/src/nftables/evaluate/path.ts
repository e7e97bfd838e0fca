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
export function note(journey: Journey, chain: NftChainState, rule: NftRuleState | undefined, outcome: Outcome): void {
  const { table, name } = chain
  // One literal: what is spread costs more than all rules that a packet passes.
  const step: PathStep = {
    family: familyNames[table.family]!,
    table: table.name,
    chain: name,
    rule,
    verdict: nameOf(outcome),
    to: typeof outcome === 'object' ? outcome.chain.name : undefined,
  }
  if (journey.path.length === 0) journey.path = [step]
  else journey.path.push(step)
}

function nameOf(outcome: Outcome): PathStep['verdict'] {
  if (outcome === undefined) return 'continue'
  if (typeof outcome === 'object') return outcome.returns ? 'jump' : 'goto'
  return names[outcome < 0 ? outcome : outcome & verdictMask]!
}
