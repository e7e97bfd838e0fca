import type { PathStep } from '../hooks/path.ts'

/** A step of a packet's path in nft's words. */
export interface ExplainedStep {
  /** Family of the table. */
  readonly family: PathStep['family']
  /** Name of the table. */
  readonly table: string
  /** Name of the chain. */
  readonly chain: string
  /** The rule, as `nft list ruleset` writes it but for counts, or `policy drop` where a chain ended. */
  readonly text: string
  /** Number of the rule, unique in its table; `undefined` of a policy. */
  readonly handle: bigint | undefined
  /** What it said; `continue` of a rule without a verdict. */
  readonly verdict: PathStep['verdict']
  /** The chain it jumps or goes to. */
  readonly to: string | undefined
}

/** One step on one line: `inet fw input: tcp dport 22 drop`. */
export const stepLine = ({ family, table, chain, text }: ExplainedStep): string =>
  `${family} ${table} ${chain}: ${text}`
