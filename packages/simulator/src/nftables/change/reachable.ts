import { errno } from '@nfkit/netlink-codec'
import { Refusal } from '../refusal.ts'
import type { NftChainState } from '../state/chain.ts'
import type { NftTableState } from '../state/table.ts'
import type { NftTables } from './place.ts'

/** NFT_JUMP_STACK_SIZE. */
const deepest = 16

/**
 * Throws `Refusal` when a base chain of the table reaches deeper than the kernel's stack, or in a circle: it does not tell these apart
 * (nft_chain_validate). A circle that no base chain reaches is none of its business.
 */
export function assertReachable(_tables: NftTables, table: NftTableState): void {
  for (const chain of table.chains.values()) if (chain.base) walk(chain, 1)
}

function walk(chain: NftChainState, depth: number): void {
  if (depth > deepest) throw new Refusal(errno.EMLINK)
  for (const rule of chain.rules) for (const next of rule.chains) walk(next, depth + 1)
}
