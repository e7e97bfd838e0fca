import { EncodeError } from '@nfkit/netlink-codec'
import type { Clause } from '../statements/statement.ts'
import { isVerdict } from '../statements/verdict.ts'
import { assertComment, type Placed } from './identity.ts'

/** A rule of a chain. Frozen data. */
export interface Rule extends Placed {
  /** Tells it from other parts of a table. */
  readonly kind: 'rule'
  /** The name of the chain. */
  readonly chain: string
  /** Conditions and statements, in the order the kernel goes through them. */
  readonly body: readonly Clause[]
  /** What nft shows behind the rule. */
  readonly comment?: string
  /** The line of the program that made the rule. */
  readonly source?: string
  /** The kernel's number of the rule in its table, once it is there. */
  readonly handle?: bigint
}

/** Stands in a rule for what nft shows behind it. */
export interface Comment {
  /** Tells it from conditions and statements. */
  readonly kind: 'comment'
  /** The comment. */
  readonly text: string
}

/** What nft shows behind the rule: text of 1 to 128 bytes. Throws `EncodeError` for another. */
export function comment(text: string): Comment {
  assertComment(text)
  return Object.freeze({ kind: 'comment', text })
}

/** Returns a rule of a chain. Throws `EncodeError` for one that the kernel could not take, or that has clauses it would never reach. */
export function rule(
  chain: Placed & { readonly name: string },
  given: readonly (Clause | Comment)[],
  source?: string,
): Rule {
  const where = `rule of chain ${chain.name}`
  const stray = given.find((clause) => typeof clause !== 'object' || clause === null || !('kind' in clause))
  if (stray !== undefined)
    throw new EncodeError(
      where,
      `${String(stray)} is neither a condition nor a statement: call the function, as in drop()`,
    )
  const comments = given.filter((clause) => clause.kind === 'comment')
  if (comments.length > 1) throw new EncodeError(where, 'it has two comments')
  const body = given.filter((clause): clause is Clause => clause.kind !== 'comment')
  const end = body.findIndex(isEnd)
  if (end >= 0 && end < body.length - 1)
    throw new EncodeError(where, `"${body[end]!.kind}" ends the rule: what stands behind it would never be reached`)
  const text = comments[0]?.text
  return Object.freeze({
    kind: 'rule',
    family: chain.family,
    table: chain.table,
    chain: chain.name,
    body: Object.freeze(body),
    ...(text === undefined ? {} : { comment: text }),
    ...(source === undefined ? {} : { source }),
  })
}

const isEnd = (clause: Clause): boolean => isVerdict(clause) || clause.kind === 'reject' || clause.kind === 'queue'
