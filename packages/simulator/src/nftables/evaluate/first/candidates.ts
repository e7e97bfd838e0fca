import type { Expression, ExpressionData } from '@nfkit/netlink-codec/nftables'
import type { Journey } from '../../../hooks/journey.ts'
import type { NftChainState, NftRuleState, Outcome, Run } from '../../state/chain.ts'
import { placeOf, wide } from '../../state/registers.ts'
import { countIn, type Tally } from '../../state/tally.ts'
import { nameLength } from '../load/store.ts'
import { first, wordOf } from '../word.ts'
import { both, type Condition, conditionOf } from './condition.ts'
import { type Facts, Loads } from './facts.ts'
import { Program } from './program.ts'
import { StepRow } from './row.ts'

/**
 * The rules of a chain, most of which are passed without being run: what their first conditions look at is loaded once for all of them. One that counts
 * before it asks is passed, too, and counts.
 */
export class Candidates {
  readonly #facts: Facts
  readonly #program: Program
  /** What each rule counts before it asks, and what it asks then. */
  readonly #tallies: readonly (Tally | undefined)[]
  readonly #counted: Program
  readonly #row: StepRow

  constructor(rules: readonly NftRuleState[]) {
    this.#row = new StepRow(rules)
    const loads = new Loads()
    this.#program = new Program(rules.map((rule) => conditionsOf(rule, 0, loads)))
    this.#tallies = rules.map(({ steps }) => steps[0]?.tally)
    this.#counted = new Program(rules.map((rule) => (rule.steps[0]?.tally ? conditionsOf(rule, 1, loads) : [])))
    this.#facts = loads.facts
  }

  /** The place of the next rule, from one on, that a packet may meet; as many as there are rules where none is left. */
  next(from: number, journey: Journey): number {
    const facts = this.#facts
    // The rule before may have changed the packet, and others may have come this way meanwhile.
    facts.forget()
    for (let at = from; ; at++) {
      at = this.#program.next(at, facts, journey)
      const tally = this.#tallies[at]
      if (tally === undefined || this.#counted.holds(at, facts, journey)) return at
      countIn(tally.row, tally.at, journey.packet.bytes.length)
    }
  }

  /** Run the rule at a place: what the first of its expressions says that says something. */
  run(at: number, run: Run): Outcome {
    return this.#row.run(at, run)
  }
}

/** Those of a chain. */
export function candidatesOf(chain: NftChainState): Candidates {
  chain.prepared ??= new Candidates(chain.rules)
  return chain.prepared as Candidates
}

/** What loads something that is the same until a rule changes the packet. */
const loading: readonly string[] = ['payload', 'meta', 'ct', 'exthdr', 'fib']

const named: readonly unknown[] = ['iifname', 'oifname']

/** Those of a rule that come first, from one of its expressions on. */
function conditionsOf({ expressions, steps }: NftRuleState, from: number, loads: Loads): readonly Condition[] {
  const conditions: Condition[] = []
  let loaded:
    | { readonly register: number; readonly fact: number; readonly length: number; readonly mask?: number }
    | undefined
  for (let i = from; i < expressions.length; i++) {
    const expression = expressions[i]!
    const { sreg, dreg, ...rest } = (expression.data ?? {}) as { readonly sreg?: number; readonly dreg?: number }
    if (isLoad(expression) && dreg !== undefined && lengthOf(expression) <= wide) {
      const fact = loads.add(`${expression.name} ${JSON.stringify(rest)}`, {
        step: steps[i]!,
        at: placeOf(dreg),
        words: Math.ceil(lengthOf(expression) / 4),
      })
      loaded = { register: dreg, fact, length: lengthOf(expression) }
      continue
    }
    if (loaded === undefined || sreg !== loaded.register) break
    const mask = expression.name === 'bitwise' && dreg === sreg ? maskOf(expression.data) : undefined
    if (mask !== undefined && loaded.mask === undefined) {
      loaded = { ...loaded, mask }
      continue
    }
    const condition = conditionOf(expression, loaded.fact, loaded.length, loaded.mask)
    if (condition === undefined) break
    const last = conditions.at(-1)
    const one = last && both(last, condition)
    if (one) conditions.pop()
    conditions.push(one ?? condition)
  }
  // The last asks for the most: in front of it are those about which headers there are.
  return conditions.reverse()
}

const isLoad = ({ name, data }: Expression): boolean =>
  loading.includes(name) && data !== undefined && (data as ExpressionData<'meta'>).key !== 'prandom'

/** Bytes that are loaded, as far as that matters: of most things at least one word. */
function lengthOf({ name, data }: Expression): number {
  if (name === 'payload') return (data as ExpressionData<'payload'>).len ?? 0
  return name === 'meta' && named.includes((data as ExpressionData<'meta'>).key) ? nameLength : 4
}

/** The bits that are kept, where no other is turned over, of what has one word. */
function maskOf(data: object | undefined): number | undefined {
  const { op = 'maskXor', mask, xor } = (data ?? {}) as ExpressionData<'bitwise'>
  const bits = mask?.value
  if (op !== 'maskXor' || !bits || bits.length > 4 || xor?.value?.some((byte) => byte !== 0)) return undefined
  return (wordOf(bits) | ~first(bits.length)) >>> 0
}
