import { errno } from '@nfkit/netlink-codec'
import { type Expression, expression, type NftElement, type nftRule } from '@nfkit/netlink-codec/nftables'
import { blaming, Refusal } from '../../netlink/refusal.ts'
import { compile, infoOf, isEvaluated, isExtension } from '../evaluate/compile.ts'
import type { NftRequest } from '../request.ts'
import type { NftRuleState, References, Step } from '../state/chain.ts'
import type { NftSetState } from '../state/set.ts'
import { assertRegisters, listed, Written } from './registers.ts'
import { resolvers } from './resolvers.ts'
import { Scope, type ScopeOptions } from './scope.ts'

/**
 * A rule's expressions as the kernel lists them, and what they refer to. Names and extensions are looked up first, of all expressions, before
 * the first is put in place (nf_tables_newrule). Throws `Refusal`, which blames the expression.
 */
export function resolve(
  expressions: readonly Expression[],
  options: ScopeOptions,
  request: NftRequest<typeof nftRule>,
): Pick<NftRuleState, 'expressions' | 'steps' | keyof References> {
  const places = request.placesOf('expressions')
  expressions.forEach((one, index) => {
    const at = places[index]
    if (!isKnown(one.name, options)) throw new Refusal(errno.ENOENT, request.partAt(at, expression.rows.name.id))
    blaming(at, () => isExtension(one) && infoOf(one.name, one.data, options.table.family))
  })
  const scope = new Scope(options)
  const written = new Written()
  const context = { table: options.table, host: options.evaluation }
  const put = (one: Expression): [Expression, Step] => {
    const result = asListed(one, scope)
    if (options.profile.checksRegisters) assertRegisters(result, written, scope)
    return [result, compile(result, context)]
  }
  const all = expressions.map((one, index) => blaming(places[index], () => put(one)))
  return { expressions: all.map(([one]) => one), steps: all.map(([, step]) => step), ...scope.references }
}

/** One of them, as it is listed. */
function asListed(one: Expression, scope: Scope): Expression {
  if (one.name === 'notrack') return { name: one.name }
  if (one.data === undefined) throw new Refusal(errno.EINVAL)
  return { ...one, data: listed(resolvers[one.name]?.(one.data as never, scope) ?? one.data) } as Expression
}

function isKnown(name: string, { profile }: ScopeOptions): boolean {
  return isEvaluated(name) && (name !== 'queue' || profile.queue)
}

/** What an element refers to. Throws `Refusal`. */
export function referencesOf(
  set: NftSetState,
  { data, objref }: NftElement,
  options: Omit<ScopeOptions, 'table' | 'evaluation'>,
): References {
  const scope = new Scope({ table: set.table, ...options })
  if (data?.verdict) scope.verdict(data.verdict)
  if (objref !== undefined) scope.object(set.value.objType, objref)
  return scope.references
}
