import { type ChainRule, printRule, type TraceStep } from '@nfkit/nftables'

/** A chain by the names of its table and itself. */
export const chainText = ({ family, table, chain }: Pick<TraceStep, 'family' | 'table' | 'chain'>): string =>
  `${family} ${table} ${chain}`

/** A rule in nft's words, where it is, and the line of source that made it. */
export const ruleText = (rule: ChainRule): string =>
  `"${printRule(rule)}" of ${chainText(rule)}${rule.handle === undefined ? '' : ` (handle ${rule.handle})`}${rule.source === undefined ? '' : `, made in ${rule.source}`}`

/** What decided: the rule, or the policy of a chain. */
export const stepText = (step: TraceStep): string =>
  step.rule
    ? ruleText(step.rule)
    : step.kind === 'policy'
      ? `the policy of ${chainText(step)}`
      : `a rule of ${chainText(step)}`
