import type { Expression, NftRuleCompat } from '@nfkit/netlink-codec/nftables'
import type { NftSetState } from './set.ts'
import type { NftObjectState, NftTableState } from './table.ts'

/** Where packets come into a base chain. */
export interface BaseChain {
  readonly hook: number
  readonly priority: number
  readonly type: string
  readonly devices: readonly string[]
  policy: number
  /** What its policy has met, where it counts. */
  counters: { readonly packets: bigint; readonly bytes: bigint } | undefined
}

/** What rules and elements refer to, and keep from being deleted. */
export interface References {
  readonly sets: readonly NftSetState[]
  readonly objects: readonly NftObjectState[]
  readonly chains: readonly NftChainState[]
}

/** One rule (struct nft_rule). */
export interface NftRuleState extends References {
  readonly handle: bigint
  /** As they are listed. */
  expressions: readonly Expression[]
  readonly compat: NftRuleCompat | undefined
  readonly userdata: Uint8Array | undefined
}

/** One chain (struct nft_chain). */
export class NftChainState {
  readonly table: NftTableState
  readonly name: string
  readonly handle: bigint
  readonly flags: number
  readonly base: BaseChain | undefined
  readonly userdata: Uint8Array | undefined
  rules: readonly NftRuleState[] = []
  /** Jumps to it, and elements of verdict maps that lead to it. */
  references = 0
  /** Takes it away from its hook point; `undefined` while it is at none. */
  unregister: (() => void) | undefined

  constructor(
    table: NftTableState,
    name: string,
    flags: number,
    base: BaseChain | undefined,
    userdata: Uint8Array | undefined,
  ) {
    this.table = table
    this.name = name
    this.handle = table.nextHandle()
    this.flags = flags
    this.base = base
    this.userdata = userdata
  }

  /** Rules in it, and references to it. */
  get use(): number {
    return this.rules.length + this.references
  }

  rule(handle: bigint): NftRuleState | undefined {
    return this.rules.find((rule) => rule.handle === handle)
  }
}
