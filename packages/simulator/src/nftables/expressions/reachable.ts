import { errno } from '@nfkit/netlink-codec'
import { Refusal } from '../../netlink/refusal.ts'
import type { BaseChain, NftChainState, NftRuleState } from '../state/chain.ts'
import type { NftTableState } from '../state/table.ts'
import { isAllowedAt, isUnbound } from './allowed.ts'

/** NFT_JUMP_STACK_SIZE. */
const deepest = 16

/**
 * Throws `Refusal` when a base chain of the table leads to an expression that may not be at its hook, and when it reaches deeper than the
 * kernel's stack, or in a circle: it does not tell these apart (nft_chain_validate). What no base chain reaches is none of its business.
 */
export function assertReachable(table: NftTableState): void {
  try {
    for (const chain of table.chains.values()) if (chain.base) walk(chain, 1, chain.base, new Map())
  } catch (error) {
    // Chains are looked at when all else is right (nf_tables_validate).
    throw error instanceof Refusal ? new Refusal(error.errno, undefined, true) : error
  }
}

/**
 * Throws `Refusal` when a chain that something in `from` leads to leads on where it must not, as above. What is just being added to `from` is not there yet
 * (nft_validate_register_store).
 */
export const assertLeadsOn = (chain: NftChainState, from: NftChainState): void => walk(chain, 1, from.base, new Map())

/** A chain that was met as deep or deeper is not walked again. */
function walk(chain: NftChainState, depth: number, base: BaseChain | undefined, met: Map<NftChainState, number>): void {
  if (depth > deepest) throw new Refusal(errno.EMLINK)
  if ((met.get(chain) ?? 0) >= depth) return
  met.set(chain, depth)
  for (const rule of chain.rules) {
    if (isHarmless(rule)) continue
    const { expressions, chains, sets } = rule
    if (base && !expressions.every((one) => isAllowedAt(one, base))) throw new Refusal(errno.EOPNOTSUPP)
    for (const next of chains) walk(next, depth + 1, base, met)
    for (const { elements } of sets)
      for (const element of elements.values()) for (const next of element.chains) walk(next, depth + 1, base, met)
  }
}

const harmless = new WeakMap<NftRuleState, boolean>()

/** Whether a rule leads nowhere, and may be anywhere. Each new rule has all of them looked at, and nearly all of them are so. */
function isHarmless(rule: NftRuleState): boolean {
  let known = harmless.get(rule)
  if (known === undefined) {
    known = rule.chains.length === 0 && rule.sets.length === 0 && rule.expressions.every(isUnbound)
    harmless.set(rule, known)
  }
  return known
}
