import type { Journey } from '../../hooks/journey.ts'
import { type NftChainState, type NftRuleState, nftCode, type Outcome, type Run } from '../state/chain.ts'
import { room } from '../state/registers.ts'
import type { EvaluateHost } from './host.ts'
import { note } from './path.ts'
import { Trace } from './trace.ts'

/** Registers that no packet has. */
const spare: Uint8Array[] = []

/** A packet in a base chain: a verdict as hooks have it (nft_do_chain, net/netfilter/nf_tables_core.c). */
export function runChain(chain: NftChainState, journey: Journey, host: EvaluateHost): number {
  const { policy, counters } = chain.base!
  const trace = new Trace(host, journey)
  // A chain may run while another does: for the answer of a rule that rejects.
  const registers = spare.pop()?.fill(0) ?? new Uint8Array(room)
  const verdict = walk(chain, { journey, registers }, trace)
  spare.push(registers)
  if (verdict !== undefined) return verdict
  note(journey, chain, undefined, policy)
  trace.policy(chain, policy)
  if (counters) {
    counters.packets++
    counters.bytes += BigInt(journey.packet.bytes.length)
  }
  return policy
}

/** The verdict of a chain; `undefined` where it ends, and that where a chain ends that it went to. */
function walk(chain: NftChainState, run: Run, trace: Trace): number | undefined {
  for (const rule of chain.rules) {
    const outcome = runRule(rule, run)
    if (outcome === nftCode.break) continue
    note(run.journey, chain, rule, outcome)
    trace.rule(chain, rule, outcome)
    if (outcome === undefined) continue
    if (outcome === nftCode.return) return undefined
    if (typeof outcome === 'number') return outcome
    const verdict = walk(outcome.chain, run, trace)
    if (verdict !== undefined || !outcome.returns) return verdict
  }
  trace.end(chain)
  return undefined
}

/** What the first expression says that says something. */
function runRule({ steps }: NftRuleState, run: Run): Outcome {
  for (let i = 0; i < steps.length; i++) {
    const outcome = steps[i]!(run)
    if (outcome !== undefined) return outcome
  }
  return undefined
}
