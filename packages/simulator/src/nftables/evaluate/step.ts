import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Journey } from '../../hooks/journey.ts'
import type { NftChainState } from '../state/chain.ts'

/** What a rule is asked about, and what it works with. */
export interface Run {
  readonly journey: Journey
  /** 64 bytes of data; registers are windows onto them. */
  readonly registers: Uint8Array
}

/** The verdict of a rule: a number as hooks have it, or where to go on. */
export type Verdict =
  | { readonly kind: 'final'; readonly verdict: number }
  | { readonly kind: 'jump' | 'goto'; readonly chain: NftChainState }
  | { readonly kind: 'return' }
  | { readonly kind: 'continue' }

/** What a step comes to: `undefined` goes on, `break` ends the rule. */
export type StepOutcome = undefined | 'break' | Verdict

/** One expression, ready to run. */
export interface Step {
  run(run: Run): StepOutcome
  /** The expression as it is listed: with its counts. Absent where it does not change. */
  state?(): Expression
  /** Set its counts to 0. */
  reset?(): void
}

/** A rule, ready to run. */
export interface CompiledRule {
  readonly steps: readonly Step[]
}
