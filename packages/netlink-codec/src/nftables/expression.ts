/** Expressions: what a rule is made of (include/uapi/linux/netfilter/nf_tables.h, nf_tables_compat.h; net/netfilter/nft_*.c). */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { nestBy, text } from '../schema/type.ts'
import { bitwise, byteorder, cmp, dynset, lookup, range } from './expressions/compare.ts'
import {
  ct,
  exthdr,
  fib,
  hash,
  immediate,
  meta,
  numgen,
  osf,
  payload,
  rt,
  socket,
  tunnelKey,
  xfrm,
} from './expressions/load.ts'
import type { ExpressionOf } from './expressions/shape.ts'
import { statefulData } from './expressions/stateful.ts'
import {
  dup,
  flowOffload,
  fwd,
  log,
  masq,
  match,
  nat,
  notrack,
  objref,
  queue,
  redir,
  reject,
  synproxy,
  target,
  tproxy,
} from './expressions/statement.ts'

/** Which table the data of an expression follows, by the name the kernel gives it. */
export const expressionData = {
  immediate,
  meta,
  payload,
  exthdr,
  cmp,
  range,
  bitwise,
  byteorder,
  ct,
  lookup,
  dynset,
  ...statefulData,
  queue,
  log,
  reject,
  notrack,
  objref,
  flow_offload: flowOffload,
  nat,
  masq,
  redir,
  tproxy,
  socket,
  fib,
  numgen,
  hash,
  rt,
  synproxy,
  osf,
  tunnel: tunnelKey,
  xfrm,
  dup,
  fwd,
  target,
  match,
} as const

/** Name of an expression that has a table. */
export type ExpressionName = keyof typeof expressionData
/** What the expression of a name has. */
export type ExpressionData<Name extends ExpressionName> = Infer<(typeof expressionData)[Name]>

const name = attr(1, text(), 'name of the expression')

/** `NFTA_EXPR_*`: an expression of a rule. */
export const expression = table(
  'NFTA_EXPR',
  '3.13',
  'One step of a rule. A packet goes through all, until one does not match.',
  {
    name,
    data: attr(2, nestBy({ name }, expressionData), 'what it does, by its name'),
  },
)
/** One step of a rule. `data` is absent of one without a table: what it has is among `unknown`, and is written back as it came. */
export type Expression = ExpressionOf<typeof expressionData>
