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

/** Note a rule that a packet met. */
export function note(journey: Journey, chain: NftChainState, rule: NftRuleState, outcome: Outcome): void {
  add(journey, stepOf(chain, rule, outcome))
}

/** Note the policy of a chain that a packet came to the end of. */
export function noteEnd(journey: Journey, chain: NftChainState, policy: number): void {
  let path = chain.policyPaths[policy]
  if (path === undefined) {
    path = Object.freeze([stepOf(chain, undefined, policy)])
    chain.policyPaths[policy] = path
  }
  if (journey.path.length === 0) journey.path = path
  else add(journey, path[0]!)
}

function add(journey: Journey, step: PathStep): void {
  // A shorter path may be many packets'.
  if (journey.path.length < 2) journey.path = [...journey.path, step]
  else (journey.path as PathStep[]).push(step)
}

// One literal: what is spread costs more than all rules that a packet passes.
const stepOf = ({ table, name }: NftChainState, rule: NftRuleState | undefined, outcome: Outcome): PathStep => ({
  family: familyNames[table.family]!,
  table: table.name,
  chain: name,
  rule,
  verdict: nameOf(outcome),
  to: typeof outcome === 'object' ? outcome.chain.name : undefined,
})

function nameOf(outcome: Outcome): PathStep['verdict'] {
  if (outcome === undefined) return 'continue'
  if (typeof outcome === 'object') return outcome.returns ? 'jump' : 'goto'
  return names[outcome < 0 ? outcome : outcome & verdictMask]!
}
