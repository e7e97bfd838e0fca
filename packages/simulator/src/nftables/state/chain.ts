import type { Expression, NftRuleCompat } from '@nfkit/netlink-codec/nftables'
import type { HookFunction, Journey } from '../../hooks/journey.ts'
import type { CompiledRule } from '../evaluate/step.ts'
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
  counters: { packets: bigint; bytes: bigint } | undefined
}

/** One rule (struct nft_rule). */
export interface NftRuleState {
  readonly handle: bigint
  readonly expressions: readonly Expression[]
  readonly compat: NftRuleCompat | undefined
  readonly userdata: Uint8Array | undefined
  readonly compiled: CompiledRule
  /** What it refers to, released with it. */
  readonly sets: readonly NftSetState[]
  readonly objects: readonly NftObjectState[]
  readonly chains: readonly NftChainState[]
}

/** One chain (struct nft_chain). A base chain is a function of its hook point. */
export class NftChainState implements HookFunction {
  readonly table: NftTableState
  readonly name: string
  readonly handle: bigint
  readonly flags: number
  readonly base: BaseChain | undefined
  readonly userdata: Uint8Array | undefined
  rules: readonly NftRuleState[] = []
  /** Jumps to it, and elements of verdict maps that lead to it. */
  references = 0
  /** Takes it away from its hook point. */
  unregister: (() => void) | undefined
  readonly #run: (chain: NftChainState, journey: Journey) => number

  constructor(
    table: NftTableState,
    name: string,
    handle: bigint,
    flags: number,
    base: BaseChain | undefined,
    userdata: Uint8Array | undefined,
    run: (chain: NftChainState, journey: Journey) => number,
  ) {
    this.table = table
    this.name = name
    this.handle = handle
    this.flags = flags
    this.base = base
    this.userdata = userdata
    this.#run = run
  }

  get priority(): number {
    return this.base?.priority ?? 0
  }
  /** Rules in it, and references to it. */
  get use(): number {
    return this.rules.length + this.references
  }

  run(journey: Journey): number {
    return this.#run(this, journey)
  }
}
