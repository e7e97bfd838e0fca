import { EncodeError } from '@nfkit/netlink-codec'
import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Rule } from '../values/rule.ts'
import { lower } from './action.ts'
import { type AnonymousSet, type QueueForm, Steps } from './steps.ts'

/** A rule as the kernel runs it. */
export interface Lowered {
  readonly expressions: readonly Expression[]
  /** The clause of the rule's body that each expression is of. */
  readonly origins: readonly number[]
  /** Sets of the rule alone, to be made before it. */
  readonly sets: readonly AnonymousSet[]
}

/** The kernel takes no more (NFT_RULE_MAXEXPRS). */
const mostExpressions = 128

/** Returns the bytecode of a rule. Throws `EncodeError` for one that no packet could meet, or that is too long. */
export function lowerRule({ family, body, chain }: Rule, queue: QueueForm, nextId: () => number): Lowered {
  const steps = new Steps(family, queue, nextId)
  const origins: number[] = []
  for (const [index, clause] of body.entries()) {
    lower(steps, clause)
    while (origins.length < steps.expressions.length) origins.push(index)
  }
  if (origins.length > mostExpressions)
    throw new EncodeError(
      `rule of chain ${chain}`,
      `it has ${origins.length} steps, and the kernel takes ${mostExpressions}: split it with a jump`,
    )
  return { expressions: steps.expressions, origins, sets: steps.sets }
}
