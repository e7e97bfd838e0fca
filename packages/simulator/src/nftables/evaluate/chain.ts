import type { Journey } from '../../hooks/journey.ts'
import { type NftChainState, type NftRuleState, nftCode, type Outcome, type Run } from '../state/chain.ts'
import { room } from '../state/registers.ts'
import { candidatesOf } from './first/candidates.ts'
import type { EvaluateHost } from './host.ts'
import { note, noteEnd } from './path.ts'
import { Trace } from './trace.ts'

/** Registers that no packet has: a chain may run while another does, for the answer of a rule that rejects. */
const spare: Uint8Array[] = []

/** The way of one packet through one base chain. Most packets meet no rule: they need no registers. */
interface Way {
  readonly journey: Journey
  readonly host: EvaluateHost
  run: Run | undefined
  trace: Trace | undefined
}

/** A packet in a base chain: a verdict as hooks have it (nft_do_chain, net/netfilter/nf_tables_core.c). */
export function runChain(chain: NftChainState, journey: Journey, host: EvaluateHost): number {
  const way: Way = { journey, host, run: undefined, trace: undefined }
  const verdict = walk(chain, way)
  if (way.run) spare.push(way.run.registers)
  if (verdict !== undefined) return verdict
  const { policy, counters } = chain.base!
  noteEnd(journey, chain, policy)
  traceOf(way)?.policy(chain, policy)
  if (counters) {
    counters.packets++
    counters.bytes += BigInt(journey.packet.bytes.length)
  }
  return policy
}

/** The verdict of a chain; `undefined` where it ends, and that where a chain ends that it went to. */
function walk(chain: NftChainState, way: Way): number | undefined {
  const { rules } = chain
  const { journey } = way
  const candidates = candidatesOf(chain)
  for (let at = candidates.next(0, journey); at < rules.length; at = candidates.next(at + 1, journey)) {
    const rule = rules[at]!
    way.run ??= { journey, registers: spare.pop()?.fill(0) ?? new Uint8Array(room) }
    const outcome = runRule(rule, way.run)
    if (outcome === nftCode.break) continue
    note(journey, chain, rule, outcome)
    traceOf(way)?.rule(chain, rule, outcome)
    if (outcome === undefined) continue
    if (outcome === nftCode.return) return undefined
    if (typeof outcome === 'number') return outcome
    const verdict = walk(outcome.chain, way)
    if (verdict !== undefined || !outcome.returns) return verdict
  }
  traceOf(way)?.end(chain)
  return undefined
}

/** Where the packet is traced: it may be since the rule before. */
function traceOf(way: Way): Trace | undefined {
  if (!way.journey.packet.isTraced) return undefined
  way.trace ??= new Trace(way.host, way.journey)
  return way.trace
}

/** What the first expression says that says something. */
function runRule({ steps }: NftRuleState, run: Run): Outcome {
  for (let i = 0; i < steps.length; i++) {
    const outcome = steps[i]!(run)
    if (outcome !== undefined) return outcome
  }
  return undefined
}
