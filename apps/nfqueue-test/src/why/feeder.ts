import { baseChainsOf, type ChainRule, type ListedRuleset, type RuleTable, type TracedPath } from '@nfkit/nftables'

/** A rule that hands packets to queues, and how packets get to it. */
export interface Feeder {
  readonly rule: ChainRule
  readonly table: RuleTable
  readonly first: number
  readonly last: number
  readonly bypass: boolean
  /** The base chains that lead to it. */
  readonly at: ReturnType<typeof baseChainsOf>
}

/** The rules of nf_tables that hand packets to queues. */
export function feedersOf({ tables }: ListedRuleset): readonly Feeder[] {
  return tables.flatMap((listed) =>
    listed.chains.flatMap(({ chain, rules }) =>
      rules.flatMap((rule) =>
        rule.body.flatMap((clause): readonly Feeder[] =>
          clause.kind === 'queue'
            ? [
                {
                  rule,
                  table: listed.table,
                  first: clause.from,
                  last: clause.to,
                  bypass: clause.bypass,
                  at: baseChainsOf(listed, chain.name),
                },
              ]
            : [],
        ),
      ),
    ),
  )
}

/** Whether a packet met a rule. */
export const hasMet = ({ steps }: TracedPath, { family, table, handle }: ChainRule): boolean =>
  steps.some((step) => step.family === family && step.table === table && step.handle === handle && handle !== undefined)
