import type { Clause } from '../statements/statement.ts'
import { type Comment, comment } from '../values/rule.ts'
import { about, comparison, noSelector } from './condition.ts'
import { Cursor } from './cursor.ts'
import type { Named } from './operand.ts'
import { assigned, statement, statementWords, vmap } from './statement.ts'

/** What the text of a rule refers to. */
export interface ParseOptions {
  /** Sets and maps that the rule names: those with intervals of marks and other numbers of the machine are looked up in another way. */
  readonly sets?: readonly Named[] | undefined
}

/**
 * Read what rules are made of, in nft's words: conditions, statements and a comment. Give the result to `chain.rule`.
 *
 * Throws `RuleSyntaxError`, which says where and what would work, for what is not nft's language and for the parts of it that this
 * library does not have.
 *
 * @example
 * import { parse, table } from '@nfkit/nftables'
 *
 * const input = table('inet', 'fw').chain('input', { hook: 'input' })
 * const rule = input.rule(...parse('ip saddr 10.0.0.0/8 tcp dport { 80, 443 } counter accept comment "web"'))
 * console.log(rule.body.map(({ kind }) => kind).join(), rule.comment) // match,match,counter,accept web
 */
export function parse(text: string, { sets = [] }: ParseOptions = {}): readonly (Clause | Comment)[] {
  const cursor = new Cursor(text)
  const clauses: (Clause | Comment)[] = []
  while (!cursor.isDone) clauses.push(clause(cursor, sets))
  return clauses
}

function clause(cursor: Cursor, sets: readonly Named[]): Clause | Comment {
  if (cursor.take('comment')) return cursor.making(() => comment(cursor.next('the comment').text))
  const said = statement(cursor, sets)
  if (said) return said
  const subject = about(cursor)
  if (subject === undefined) return noSelector(cursor, statementWords)
  if (cursor.take('set'))
    return subject.left.length > 1
      ? cursor.fail('one thing is written at a time', -1)
      : assigned(cursor, subject.left[0]!, sets)
  return cursor.take('vmap') ? vmap(cursor, subject, sets) : comparison(cursor, subject, sets)
}
