import type { Expression, NftObject, ObjectData } from '@nfkit/netlink-codec/nftables'
import type { Step } from '../state/chain.ts'
import { ctHelper, log, notrack } from './act/plain.ts'
import { queue } from './act/queue.ts'
import { reject } from './act/reject.ts'
import { masq, nat, redir } from './act/translate.ts'
import { bitwise, byteorder } from './compare/bitwise.ts'
import { cmp, range } from './compare/compare.ts'
import { dynset } from './compare/dynset.ts'
import { lookup, objref } from './compare/lookup.ts'
import type { Context } from './context.ts'
import { type Asked, extending, find } from './extension/info.ts'
import { matches } from './extension/match.ts'
import { targets } from './extension/target.ts'
import { ct } from './load/ct.ts'
import { exthdr } from './load/exthdr.ts'
import { fib } from './load/fib.ts'
import { hash, numgen } from './load/generated.ts'
import { meta } from './load/meta.ts'
import { payload } from './load/payload.ts'
import { meters } from './meter/begin.ts'
import { shared } from './shared.ts'
import { immediate } from './verdict.ts'

type Compile = (data: never, context: Context) => Step

/** Every expression that is evaluated; what is not here is unknown to the kernel. */
const compilers: { readonly [name: string]: Compile } = {
  immediate,
  meta,
  ct,
  payload,
  exthdr,
  numgen,
  hash,
  fib,
  cmp,
  range,
  bitwise,
  byteorder,
  lookup,
  dynset,
  objref,
  ...Object.fromEntries(Object.entries(meters).map(([name, { step }]) => [name, step])),
  log,
  notrack,
  reject,
  queue,
  nat,
  masq,
  redir,
  target: extending(targets),
  match: extending(matches),
}

const extensions = { target: targets, match: matches } as const
/** Whether an expression is an extension of iptables. */
export const isExtension = (one: Expression): one is Extract<Expression, { name: keyof typeof extensions }> =>
  Object.hasOwn(extensions, one.name)

/** Whether the kernel has an expression. */
export const isEvaluated = (name: string): boolean => Object.hasOwn(compilers, name)

/** The struct of an extension of iptables as it is kept, and listed. Throws `Refusal` for one that the kernel does not have for a family. */
export const infoOf = (name: keyof typeof extensions, data: Asked | undefined, family: number): Uint8Array =>
  find(extensions[name], data ?? {}, family)[1]

/** One expression, ready to run. Throws `Refusal`. */
export const compile = (expression: Expression, context: Context): Step =>
  shared(expression, context.table, () => compilers[expression.name]!((expression.data ?? {}) as never, context))

/** What an object does to a packet; `undefined` of one that does nothing. */
export function compileObject({ type, data }: NftObject, context: Context): Step | undefined {
  if (type === 'ctHelper') return ctHelper((data ?? {}) as ObjectData<'ctHelper'>, context)
  const meter = Object.hasOwn(meters, `${type}`) ? meters[`${type}`] : undefined
  return meter?.step(data as never, context)
}
