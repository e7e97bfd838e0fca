import type { Expression, ExpressionData } from '@nfkit/netlink-codec/nftables'
import type { Journey } from '../../../hooks/journey.ts'
import type { NftChainState, NftRuleState, Outcome, Run, Step } from '../../state/chain.ts'
import { placeOf, wide } from '../../state/registers.ts'
import { nameLength } from '../load/store.ts'
import { first, wordOf } from '../word.ts'
import { type Condition, conditionOf } from './condition.ts'
import { type Facts, Loads } from './facts.ts'
import { Program } from './program.ts'

/** The rules of a chain, most of which are passed without being run: what their first conditions look at is loaded once for all of them. */
export class Candidates {
  readonly #facts: Facts
  readonly #program: Program
  /** Of all rules in a row, and where those of each begin: a rule that is run says no more of itself. */
  readonly #steps: readonly Step[]
  readonly #begins: Int32Array

  constructor(rules: readonly NftRuleState[]) {
    this.#steps = rules.flatMap(({ steps }) => steps)
    this.#begins = new Int32Array(rules.length + 1)
    for (const [i, { steps }] of rules.entries()) this.#begins[i + 1] = this.#begins[i]! + steps.length
    const loads = new Loads()
    this.#program = new Program(rules.map((rule) => conditionsOf(rule, loads)))
    this.#facts = loads.facts
  }

  /** The place of the next rule, from one on, that a packet may meet; as many as there are rules where none is left. */
  next(from: number, journey: Journey): number {
    // The rule before may have changed the packet, and others may have come this way meanwhile.
    this.#facts.forget()
    return this.#program.next(from, this.#facts, journey)
  }

  /** Run the rule at a place: what the first of its expressions says that says something. */
  run(at: number, run: Run): Outcome {
    const end = this.#begins[at + 1]!
    for (let i = this.#begins[at]!; i < end; i++) {
      const outcome = this.#steps[i]!(run)
      if (outcome !== undefined) return outcome
    }
    return undefined
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

function conditionsOf({ expressions, steps }: NftRuleState, loads: Loads): readonly Condition[] {
  const conditions: Condition[] = []
  let loaded:
    | { readonly register: number; readonly fact: number; readonly length: number; readonly mask?: number }
    | undefined
  for (const [i, expression] of expressions.entries()) {
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
    conditions.push(condition)
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
