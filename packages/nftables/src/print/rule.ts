import type { Rule } from '../values/rule.ts'
import { printClause } from './statement.ts'
import { commented } from './text.ts'

/**
 * A rule in nft's language, on one line.
 *
 * @example
 * import { accept, comment, printRule, table, tcp } from '@nfkit/nftables'
 *
 * const input = table('inet', 'fw').chain('input', { hook: 'input' })
 * console.log(printRule(input.rule(tcp.dport.is(22), accept(), comment('shell')))) // tcp dport 22 accept comment "shell"
 */
export const printRule = ({ body, comment }: Pick<Rule, 'body' | 'comment'>): string =>
  [...body.map(printClause), ...commented(comment)].join(' ')
