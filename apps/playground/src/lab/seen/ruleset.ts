import { type Listing, printRule, printRuleset } from '@nfkit/nftables'
import { limits } from '../../protocol/limits.ts'
import type { RulesetLine } from '../../protocol/scene.ts'

/** What a rule is called: its table and number. */
export const ruleKey = (family: string, table: string, handle: bigint): string => `${family} ${table} ${handle}`

/** The rules in nft's language, and which line is which rule. */
export function rulesetLines(listing: Listing): readonly RulesetLine[] {
  const rules = listing.tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules))
  let next = 0
  const lines = printRuleset(listing).trimEnd().split('\n')
  return lines.slice(0, limits.ruleset).map((text) => {
    const rule = rules[next]
    const cut = text.replaceAll('\t', '  ').slice(0, limits.line)
    if (rule?.handle === undefined || printRule(rule) !== text.trim()) return { text: cut }
    next++
    return { text: cut, rule: ruleKey(rule.family, rule.table, rule.handle) }
  })
}
