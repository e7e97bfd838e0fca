import { errno } from '@nfkit/netlink-codec'
import type { Expression, NftElement } from '@nfkit/netlink-codec/nftables'
import type { ChangeHost } from '../change/host.ts'
import type { Draft } from '../change/draft.ts'
import { Refusal } from '../refusal.ts'
import type { NftChainState } from '../state/chain.ts'
import type { NftSetState } from '../state/set.ts'
import type { NftObjectState, NftTableState } from '../state/table.ts'
import { actions } from './actions.ts'
import { comparisons } from './comparisons.ts'
import type { CompileContext } from './context.ts'
import { extensions } from './extensions.ts'
import { loads } from './loads.ts'
import { lookups } from './lookups.ts'
import { meters } from './meters.ts'
import { Written } from './registers.ts'
import type { CompiledRule, Step } from './step.ts'

/** What makes a step of an expression's data, by the expression's name. Throws `Refusal`. */
export type Compile = (data: never, context: CompileContext) => Step

const compilers: { readonly [name: string]: Compile } = {
  ...loads,
  ...comparisons,
  ...lookups,
  ...meters,
  ...actions,
  ...extensions,
}

/** A rule, ready to run, and what it refers to. */
export interface Compiled {
  readonly compiled: CompiledRule
  readonly sets: readonly NftSetState[]
  readonly objects: readonly NftObjectState[]
  readonly chains: readonly NftChainState[]
}

/** Where an expression is compiled, and whom to blame: the item of the list. */
export interface Place {
  readonly table: NftTableState
  readonly chain: NftChainState | undefined
  readonly draft: Draft
  readonly host: ChangeHost
  blame(index: number): number | undefined
}

/** Throws `Refusal`, which blames the expression. */
export function compileRule(expressions: readonly Expression[], place: Place): Compiled {
  const { table, chain, draft, host, blame } = place
  const context: CompileContext = {
    table,
    chain,
    draft,
    host,
    written: new Written(host.profile.nftChecksRegisters),
    sets: new Set(),
    objects: new Set(),
    chains: new Set(),
  }
  const steps = expressions.map((expression, index) => {
    try {
      return compile(expression, context)
    } catch (error) {
      throw error instanceof Refusal && error.at === undefined ? new Refusal(error.errno, blame(index)) : error
    }
  })
  return { compiled: { steps }, sets: [...context.sets], objects: [...context.objects], chains: [...context.chains] }
}

function compile(expression: Expression, context: CompileContext): Step {
  // An expression without a table, or one this kernel was built without.
  if (!Object.hasOwn(compilers, expression.name)) throw new Refusal(errno.ENOENT)
  if (expression.data === undefined && expression.name !== 'notrack') throw new Refusal(errno.EINVAL)
  return compilers[expression.name]!((expression.data ?? {}) as never, context)
}

/** The expressions of an element: its own, or those the set has for all. `undefined` for none. Throws `Refusal`. */
export function compileElement(
  set: NftSetState,
  value: NftElement,
  place: Omit<Place, 'chain' | 'blame'> & { readonly at: number | undefined },
): CompiledRule | undefined {
  const own = value.expressions ?? (value.expr && [value.expr])
  const all = own ?? set.value.expressions ?? (set.value.expr && [set.value.expr])
  if (!all || all.length === 0) return undefined
  return compileRule(all, { ...place, chain: undefined, blame: () => place.at }).compiled
}
