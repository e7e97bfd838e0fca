import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Match } from '../conditions/match.ts'
import type { Clause } from '../statements/statement.ts'
import type { Family } from '../values/hook.ts'
import { changed, load } from './load.ts'
import { consume } from './consume.ts'
import { withoutGuards } from './guards.ts'
import { type Held, Registers } from './register.ts'
import { after, type Scope, scopeOf } from './scope.ts'
import type { KnownSets } from './sets.ts'
import { statementOf } from './statement.ts'

/** A rule while it is gone through. */
export class Raising {
  readonly registers = new Registers()
  readonly clauses: Clause[] = []
  readonly sets: KnownSets
  /** What is known of the packets that get here. */
  scope: Scope
  /** Loads whose registers nothing has looked at. */
  readonly #unused = new Set<Expression>()

  constructor(family: Family, sets: KnownSets) {
    this.scope = scopeOf(family)
    this.sets = sets
  }

  hold(register: number, held: Held): void {
    this.registers.set(register, held)
    for (const one of held.by) this.#unused.add(one)
  }

  /** A clause that takes the place of what these registers hold. */
  push(clause: Clause, held: readonly Held[]): void {
    for (const { by } of held) for (const one of by) this.#unused.delete(one)
    this.clauses.push(clause)
    if (clause.kind === 'match') this.scope = after(this.scope, clause)
  }

  /** Expressions that have no words stay as they are, with what loads their registers. */
  keep(expression: Expression, held: readonly Held[]): void {
    for (const one of new Set(held.flatMap(({ by }) => by))) this.push({ kind: 'expression', expression: one }, held)
    this.push({ kind: 'expression', expression }, held)
  }

  /** What loads a register for nothing. */
  get unused(): readonly Expression[] {
    return [...this.#unused]
  }
}
