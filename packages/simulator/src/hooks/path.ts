import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { HookFamily } from './family.ts'

/** One step of a packet through the chains of nf_tables: a rule that matched as a whole, or the end of a base chain, where its policy decides. */
export interface PathStep {
  /** Family of the table. */
  readonly family: HookFamily
  /** Name of the table. */
  readonly table: string
  /** Name of the chain. */
  readonly chain: string
  /** The rule as it is listed; `undefined` where the policy of the chain decides. */
  readonly rule: PathRule | undefined
  /** What it said; `continue` of a rule without a verdict. */
  readonly verdict: 'accept' | 'drop' | 'queue' | 'continue' | 'jump' | 'goto' | 'return'
  /** The chain it jumps or goes to. */
  readonly to: string | undefined
}

/** A rule on a packet's path. */
export interface PathRule {
  /** Number of the rule, unique in its table. */
  readonly handle: bigint
  /** What it is made of. */
  readonly expressions: readonly Expression[]
  /** Of who made it; nft keeps the comment there. */
  readonly userdata: Uint8Array | undefined
}
