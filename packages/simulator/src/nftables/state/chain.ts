import type { Expression, NftRuleCompat } from '@nfkit/netlink-codec/nftables'
import type { Journey } from '../../hooks/journey.ts'
import type { PathStep } from '../../hooks/path.ts'
import type { NftSetState } from './set.ts'
import type { NftObjectState, NftTableState } from './table.ts'
import type { Tally } from './tally.ts'

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

/** What rules and elements refer to, and keep from being deleted. */
export interface References {
  readonly sets: readonly NftSetState[]
  readonly objects: readonly NftObjectState[]
  readonly chains: readonly NftChainState[]
}

/** A packet in a base chain, and what the registers hold (struct nft_regs). */
export interface Run {
  readonly journey: Journey
  readonly registers: Uint8Array
}

/** On to another chain; `returns` to the rule behind, or does not: `goto`. */
export interface Jump {
  readonly chain: NftChainState
  readonly returns: boolean
}

/** What an expression came to: the next one (`undefined`), another chain, or a verdict of netfilter or of `nftCode`. */
export type Outcome = undefined | number | Jump

/** Verdicts that stay within nf_tables: the rule does not match, or its chain ends (`enum nft_verdicts`). */
export const nftCode = { break: -2, return: -5 } as const

/** What a condition comes to: the next expression, or the end of the rule. */
export const holdsIf = (holds: boolean): Outcome => (holds ? undefined : nftCode.break)

/** One expression, ready to run. What it counts is in the data that is listed. */
export interface Step {
  (run: Run): Outcome
  /** What it loads, where it loads no more than a register. */
  readonly words?: Words
  /** What it counts, where it does nothing else. */
  readonly tally?: Tally
}

/** Puts what is loaded at a place among words, most significant byte first, as bytes are compared. `false`: the packet does not have it. */
export type Words = (journey: Journey, into: Int32Array, place: number) => boolean

/** One rule (struct nft_rule). */
export interface NftRuleState extends References {
  readonly handle: bigint
  /** As they are listed. */
  readonly expressions: readonly Expression[]
  /** As they run. */
  readonly steps: readonly Step[]
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
  /** What evaluation has made of the rules; it goes with them. */
  prepared: object | undefined
  /** The path of packets that have met no more than each policy: one for all of them. */
  readonly policyPaths: (readonly PathStep[])[] = []
  #rules: readonly NftRuleState[] = []
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

  get rules(): readonly NftRuleState[] {
    return this.#rules
  }
  set rules(rules: readonly NftRuleState[]) {
    this.#rules = rules
    this.prepared = undefined
  }

  /** Rules in it, and references to it. */
  get use(): number {
    return this.rules.length + this.references
  }

  rule(handle: bigint): NftRuleState | undefined {
    return this.rules.find((rule) => rule.handle === handle)
  }
}
