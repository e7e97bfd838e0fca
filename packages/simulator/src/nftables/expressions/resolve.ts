import { errno } from '@nfkit/netlink-codec'
import { type Expression, expression, type NftElement, type nftRule } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import { compile, isEvaluated } from '../evaluate/compile.ts'
import type { NftRequest } from '../request.ts'
import type { NftRuleState, References, Step } from '../state/chain.ts'
import type { NftSetState } from '../state/set.ts'
import { assertRegisters, listed, Written } from './registers.ts'
import { resolvers } from './resolvers.ts'
import { Scope, type ScopeOptions } from './scope.ts'

/** A rule's expressions as the kernel lists them, and what they refer to. Throws `Refusal`, which blames the expression. */
export function resolve(
  expressions: readonly Expression[],
  options: ScopeOptions,
  request: NftRequest<typeof nftRule>,
): Pick<NftRuleState, 'expressions' | 'steps' | keyof References> {
  const scope = new Scope(options)
  const written = new Written()
  const places = request.placesOf('expressions')
  const context = { table: options.table, host: options.evaluation, loaded: [] as (() => void)[] }
  const steps: Step[] = []
  const resolved = expressions.map((one, index) => {
    const at = places[index]
    if (!isKnown(one.name, options)) throw new Refusal(errno.ENOENT, request.partAt(at, expression.rows.name.id))
    try {
      const result = asListed(one, scope)
      if (options.profile.checksRegisters) assertRegisters(result, written, scope)
      steps.push(compile(result, context))
      return result
    } catch (error) {
      if (isLate(one, error)) for (const act of context.loaded) act()
      throw error instanceof Refusal ? new Refusal(error.errno, at) : error
    }
  })
  for (const act of context.loaded) act()
  return { expressions: resolved, steps, ...scope.references }
}

/** Names and extensions are looked up first, of all expressions; what is wrong else is found when those before it are in place. */
const isLate = ({ name }: Expression, error: unknown): boolean =>
  error instanceof Refusal && error.errno !== errno.ENOENT && name !== 'target' && name !== 'match'

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
