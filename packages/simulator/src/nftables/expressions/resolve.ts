import { errno } from '@nfkit/netlink-codec'
import {
  type Expression,
  expression,
  expressionData,
  type NftElement,
  type nftRule,
} from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import type { NftRequest } from '../request.ts'
import type { NftRuleState, References } from '../state/chain.ts'
import type { NftSetState } from '../state/set.ts'
import { assertRegisters, listed, Written } from './registers.ts'
import { resolvers } from './resolvers.ts'
import { Scope, type ScopeOptions } from './scope.ts'

/** Expressions of no kernel that is simulated: their modules are missing. */
const absent: readonly string[] = ['flow_offload', 'osf', 'tunnel', 'xfrm', 'synproxy']

/** A rule's expressions as the kernel lists them, and what they refer to. Throws `Refusal`, which blames the expression. */
export function resolve(
  expressions: readonly Expression[],
  options: ScopeOptions,
  request: NftRequest<typeof nftRule>,
): Pick<NftRuleState, 'expressions' | keyof References> {
  const scope = new Scope(options)
  const written = new Written()
  const places = request.placesOf('expressions')
  const resolved = expressions.map((one, index) => {
    const at = places[index]
    if (!isKnown(one.name, options)) throw new Refusal(errno.ENOENT, request.partAt(at, expression.rows.name.id))
    try {
      if (one.name === 'notrack') return { name: one.name }
      if (one.data === undefined) throw new Refusal(errno.EINVAL)
      const data = listed(resolvers[one.name]?.(one.data as never, scope) ?? one.data)
      const result = { ...one, data } as Expression
      if (options.profile.checksRegisters) assertRegisters(result, written, scope)
      return result
    } catch (error) {
      throw error instanceof Refusal ? new Refusal(error.errno, at) : error
    }
  })
  return { expressions: resolved, ...scope.references }
}

function isKnown(name: string, { profile }: ScopeOptions): boolean {
  if (name === 'queue') return profile.queue
  return Object.hasOwn(expressionData, name) && !absent.includes(name)
}

/** What an element refers to. Throws `Refusal`. */
export function referencesOf(
  set: NftSetState,
  { data, objref }: NftElement,
  options: Omit<ScopeOptions, 'table'>,
): References {
  const scope = new Scope({ table: set.table, ...options })
  if (data?.verdict) scope.verdict(data.verdict)
  if (objref !== undefined) scope.object(set.value.objType, objref)
  return scope.references
}
