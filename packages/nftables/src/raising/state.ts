import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Clause } from '../statements/statement.ts'
import type { Family } from '../values/hook.ts'
import type { KnownSets } from './members.ts'
import { type Held, Registers } from './registers/register.ts'
import { after, type Scope, scopeOf } from './scope.ts'

/** A rule while it is raised: what its registers hold, and the clauses so far. */
export class State {
  readonly registers = new Registers()
  readonly clauses: Clause[] = []
  readonly sets: KnownSets
  /** What is known of the packets that get here. */
  scope: Scope
  /** The comparison that may turn out to be the start of a range. */
  lowest: { readonly held: Held; readonly bytes: Uint8Array; readonly clause: Clause } | undefined
  /** Expressions whose registers nothing has looked at. */
  readonly #unused = new Set<Expression>()

  constructor(family: Family, sets: KnownSets) {
    this.scope = scopeOf(family)
    this.sets = sets
  }

  /** Whether every register that was loaded was looked at. */
  get whole(): boolean {
    return this.#unused.size === 0
  }

  load(register: number, held: Held): void {
    this.registers.set(register, held)
    this.#unused.add(held.by.at(-1)!)
  }

  /** Adds the clause that does what these registers were loaded for. */
  push(clause: Clause, held: readonly Held[]): void {
    for (const { by } of held) for (const expression of by) this.#unused.delete(expression)
    this.clauses.push(clause)
    if (clause.kind === 'match') this.scope = after(this.scope, clause)
  }

  /** Adds an expression that has no words as it is, behind those that load its registers. */
  keep(expression: Expression, held: readonly Held[]): void {
    for (const one of new Set([...held.flatMap(({ by }) => by), expression]))
      this.push({ kind: 'expression', expression: one }, held)
  }
}
