import type { StatefulExpression } from '@nfkit/netlink-codec/nftables'
import type { Step } from '../../state/chain.ts'
import type { Context } from '../context.ts'
import type { Meter } from './meter.ts'
import { connlimit, last } from './seen.ts'
import { counter, limit, quota } from './volume.ts'

/** The expressions that can be objects and parts of elements, by name. */
export const meters: { readonly [name: string]: Meter } = { counter, limit, quota, connlimit, last }

/** The same expression with a state of its own. */
export function begun<E extends { readonly name: string; readonly data?: object | undefined }>(expression: E): E {
  const meter = Object.hasOwn(meters, expression.name) ? meters[expression.name] : undefined
  return meter ? { ...expression, data: meter.begin((expression.data ?? {}) as never) } : expression
}

/** Expressions of an element, ready to run. */
export const stepsOf = (expressions: readonly StatefulExpression[], context: Context): readonly Step[] =>
  expressions.flatMap(({ name, data }) => meters[name]?.step(data as never, context) ?? [])
