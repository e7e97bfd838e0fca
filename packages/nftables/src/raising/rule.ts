import { EncodeError } from '@nfkit/netlink-codec'
import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Clause } from '../statements/statement.ts'
import type { Family } from '../values/hook.ts'
import { consumed } from './consume.ts'
import { withoutGuards } from './guards.ts'
import { looked } from './lookup.ts'
import type { KnownSets } from './members.ts'
import { dregOf, loaded } from './registers/load.ts'
import { reads } from './registers/reads.ts'
import type { Held } from './registers/register.ts'
import { State } from './state.ts'

/**
 * The conditions and statements that bytecode does: registers are followed from where they are loaded to what looks at them. What has no
 * words stays as it is, as clauses of the kind `expression`; so does the whole rule where a register is used in a way that cannot be followed.
 */
export function raise(expressions: readonly Expression[], family: Family, sets: KnownSets): readonly Clause[] {
  const state = new State(family, sets)
  for (const expression of expressions) if (!step(state, expression)) return verbatim(expressions)
  return state.whole ? withoutGuards(state.clauses, family) : verbatim(expressions)
}

const verbatim = (expressions: readonly Expression[]): readonly Clause[] =>
  expressions.map((expression) => ({ kind: 'expression', expression }))

/** One expression; returns whether it could be followed. */
function step(state: State, expression: Expression): boolean {
  const load = loaded(state.registers, expression)
  if (load) {
    state.load(...load)
    return true
  }
  const held = reads(state, expression)
  if (held === undefined) return false
  if (tried(() => consumed(state, expression, held))) return true
  const dreg = dregOf(expression)
  if (dreg !== undefined && dreg !== 0) {
    const by = [...new Set(held.flatMap((one) => one.by)), expression]
    state.load(dreg, { length: 4, by, ...fromMap(state, expression, held) })
  } else {
    state.keep(expression, held)
    // It may have written what registers were loaded from.
    state.registers.clear()
  }
  return true
}

/** What a register holds that a map has led to. */
function fromMap({ scope, sets }: State, { name, data }: Expression, held: readonly Held[]): Pick<Held, 'looked'> {
  if (name !== 'lookup') return {}
  const found = tried(() => looked(data?.set, held, sets(data?.set ?? ''), scope))
  return found ? { looked: found } : {}
}

/** What rules could not write has no words. */
function tried<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof EncodeError || error instanceof RangeError || error instanceof TypeError) return undefined
    throw error
  }
}
