import type { Transport } from '@nfkit/netlink-transport'
import { type ListedTable, openNftables, printRule } from '@nfkit/nftables'
import type { PathStep } from '../hooks/path.ts'

/** A step of a packet's path in nft's words. */
export interface ExplainedStep {
  /** Family of the table. */
  readonly family: PathStep['family']
  /** Name of the table. */
  readonly table: string
  /** Name of the chain. */
  readonly chain: string
  /** The rule, as `nft list ruleset` writes it, or `policy drop` where a chain ended. */
  readonly text: string
  /** Number of the rule, unique in its table; `undefined` of a policy. */
  readonly handle: bigint | undefined
  /** What it said; `continue` of a rule without a verdict. */
  readonly verdict: PathStep['verdict']
  /** The chain it jumps or goes to. */
  readonly to: string | undefined
}

/** Returns the steps in nft's words: rules are read through a socket of the kernel, as programs read them. */
export async function explain(connect: () => Transport, path: readonly PathStep[]): Promise<readonly ExplainedStep[]> {
  if (path.every(({ rule }) => rule === undefined)) return path.map((step) => explained(step, []))
  const nft = await openNftables(connect())
  try {
    const { tables } = await nft.list()
    return path.map((step) => explained(step, tables))
  } finally {
    nft.close()
  }
}

function explained(
  { family, table, chain, rule, verdict, to }: PathStep,
  tables: readonly ListedTable[],
): ExplainedStep {
  const place = { family, table, chain }
  if (rule === undefined) return { ...place, text: `policy ${verdict}`, handle: undefined, verdict, to }
  const found = tables
    .find((one) => one.table.family === family && one.table.name === table)
    ?.chains.find((one) => one.chain.name === chain)
    ?.rules.find(({ handle }) => handle === rule.handle)
  // It may be gone by now.
  const text = found ? printRule(found) : `rule ${rule.handle}`
  return { ...place, text, handle: rule.handle, verdict, to }
}

/** One step on one line: `inet fw input: tcp dport 22 drop`. */
export const stepLine = ({ family, table, chain, text }: ExplainedStep): string =>
  `${family} ${table} ${chain}: ${text}`
