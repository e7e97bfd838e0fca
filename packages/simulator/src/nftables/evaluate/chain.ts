import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { Journey } from '../../hooks/journey.ts'
import type { NftChainState } from '../state/chain.ts'
import { registerBytes } from './registers.ts'
import type { CompiledRule, Run, StepOutcome } from './step.ts'

/** What a walk through chains came to: a verdict, or where a policy decides. */
type Walk = number | 'end'

/** Run a base chain on a packet (nft_do_chain, net/netfilter/nf_tables_core.c): a verdict as hooks have it. */
export function runChain(chain: NftChainState, journey: Journey): number {
  const base = chain.base!
  const walked = walk(chain, { journey, registers: new Uint8Array(registerBytes) })
  if (walked !== 'end') return walked
  if (base.counters) {
    base.counters.packets += 1n
    base.counters.bytes += BigInt(journey.packet.bytes.length)
  }
  return base.policy === 0 ? verdicts.drop : verdicts.accept
}

/** `goto` does not come back: the end of such a chain is the end of the one that was jumped from. */
function walk(chain: NftChainState, run: Run): Walk {
  const { rules } = chain
  for (const rule of rules) {
    const outcome = step(rule.compiled, run)
    if (outcome === undefined || outcome === 'break' || outcome.kind === 'continue') continue
    if (outcome.kind === 'final') return outcome.verdict
    if (outcome.kind === 'return') return 'end'
    const inner = walk(outcome.chain, run)
    if (inner !== 'end' || outcome.kind === 'goto') return inner
  }
  return 'end'
}

/** A rule's steps until one does not match, or one gives a verdict. */
function step({ steps }: CompiledRule, run: Run): StepOutcome {
  for (const one of steps) {
    const outcome = one.run(run)
    if (outcome !== undefined) return outcome
  }
  return undefined
}
