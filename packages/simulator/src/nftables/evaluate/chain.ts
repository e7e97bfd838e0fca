import type { Journey } from '../../hooks/journey.ts'
import { type NftChainState, nftCode, type Run } from '../state/chain.ts'
import { room } from '../state/registers.ts'
import { candidatesOf } from './first/candidates.ts'
import type { EvaluateHost } from './host.ts'
import { note, noteEnd } from './path.ts'
import { Trace } from './trace.ts'

/** Registers that no packet has: a chain may run while another does, for the answer of a rule that rejects. */
const spare: Uint8Array[] = []

/** The way of one packet through one base chain, once it has met a rule. */
interface Way {
  readonly journey: Journey
  readonly host: EvaluateHost
  readonly run: Run
  trace: Trace | undefined
}

/** A packet in a base chain: a verdict as hooks have it (nft_do_chain, net/netfilter/nf_tables_core.c). */
export function runChain(chain: NftChainState, journey: Journey, host: EvaluateHost): number {
  const first = candidatesOf(chain).next(0, journey)
  // Most packets meet no rule: they need no registers.
  if (first < chain.rules.length || journey.packet.isTraced) {
    const registers = spare.pop()?.fill(0) ?? new Uint8Array(room)
    const way: Way = { journey, host, run: { journey, registers }, trace: undefined }
    const verdict = walk(chain, way, first)
    spare.push(registers)
    if (verdict !== undefined) return verdict
    traceOf(way)?.policy(chain, chain.base!.policy)
  }
  const { policy, counters } = chain.base!
  noteEnd(journey, chain, policy)
  if (counters) {
    counters.packets++
    counters.bytes += BigInt(journey.packet.bytes.length)
  }
  return policy
}

/** The verdict of a chain, from a rule on; `undefined` where it ends, and that where a chain ends that it went to. */
function walk(chain: NftChainState, way: Way, first: number): number | undefined {
  const { rules } = chain
  const { journey, run } = way
  const candidates = candidatesOf(chain)
  for (let at = first; at < rules.length; at = candidates.next(at + 1, journey)) {
    const outcome = candidates.run(at, run)
    if (outcome === nftCode.break) continue
    const rule = rules[at]!
    note(journey, chain, rule, outcome)
    traceOf(way)?.rule(chain, rule, outcome)
    if (outcome === undefined) continue
    if (outcome === nftCode.return) return undefined
    if (typeof outcome === 'number') return outcome
    const { chain: next, returns } = outcome
    const verdict = walk(next, way, candidatesOf(next).next(0, journey))
    if (verdict !== undefined || !returns) return verdict
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
