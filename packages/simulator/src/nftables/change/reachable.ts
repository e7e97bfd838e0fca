import { errno } from '@nfkit/netlink-codec'
import { Refusal } from '../../netlink/refusal.ts'
import { isAllowedAt } from '../expressions/allowed.ts'
import type { BaseChain, NftChainState } from '../state/chain.ts'
import type { NftTableState } from '../state/table.ts'

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

/** A chain that was met as deep or deeper is not walked again. */
function walk(chain: NftChainState, depth: number, base: BaseChain, met: Map<NftChainState, number>): void {
  if (depth > deepest) throw new Refusal(errno.EMLINK)
  if ((met.get(chain) ?? 0) >= depth) return
  met.set(chain, depth)
  for (const { expressions, chains, sets } of chain.rules) {
    if (!expressions.every((one) => isAllowedAt(one, base))) throw new Refusal(errno.EOPNOTSUPP)
    for (const next of chains) walk(next, depth + 1, base, met)
    for (const { elements } of sets)
      for (const element of elements.values()) for (const next of element.chains) walk(next, depth + 1, base, met)
  }
}
