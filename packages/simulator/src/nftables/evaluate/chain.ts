import type { Journey } from '../../hooks/journey.ts'
import { type NftChainState, type NftRuleState, nftCode, type Outcome, type Run } from '../state/chain.ts'
import { room } from '../state/registers.ts'
import { note } from './path.ts'

/** A packet in a base chain: a verdict as hooks have it (nft_do_chain, net/netfilter/nf_tables_core.c). */
export function runChain(chain: NftChainState, journey: Journey): number {
  const { policy, counters } = chain.base!
  const verdict = walk(chain, { journey, registers: new Uint8Array(room) })
  if (verdict !== undefined) return verdict
  note(journey, chain, undefined, policy)
  if (counters) {
    counters.packets++
    counters.bytes += BigInt(journey.packet.bytes.length)
  }
  return policy
}

/** The verdict of a chain; `undefined` where it ends, and that where a chain ends that it went to. */
function walk(chain: NftChainState, run: Run): number | undefined {
  for (const rule of chain.rules) {
    const outcome = runRule(rule, run)
    if (outcome === nftCode.break) continue
    note(run.journey, chain, rule, outcome)
    if (outcome === undefined) continue
    if (outcome === nftCode.return) return undefined
    if (typeof outcome === 'number') return outcome
    const verdict = walk(outcome.chain, run)
    if (verdict !== undefined || !outcome.returns) return verdict
  }
  return undefined
}

/** What the first expression says that says something. */
function runRule({ steps }: NftRuleState, run: Run): Outcome {
  for (const step of steps) {
    const outcome = step(run)
    if (outcome !== undefined) return outcome
  }
  return undefined
}
