import { be32 } from '@nfkit/inet/bytes'
import type { Expression, ExpressionData } from '@nfkit/netlink-codec/nftables'
import { type NftRuleState, nftCode, type Outcome, type Run, type Step } from '../../state/chain.ts'
import { placeOf, wide } from '../../state/registers.ts'
import { countIn } from '../../state/tally.ts'
import { conditionOf } from './condition.ts'

/** Numbers of a step. */
const size = 5
/** What a step is: a function to call, a count, or a comparison that must hold, or must not. */
const kind = { call: 0, count: 1, within: 2, outside: 3 } as const

/**
 * The steps of all rules of a chain, one behind the other. Counts and comparisons of a word, which is what most of them are, are numbers in one row: as
 * functions with what they refer to, those of a thousand rules are more than the processor's nearest caches hold.
 */
export class StepRow {
  /** Where the steps of each rule begin, and at last where they end. */
  readonly #begins: Int32Array
  /**
   * Of each step what it is, and then which function it is; or which row of counters it adds to, and where; or the place of a word among the registers, its mask,
   * the least word, and how many are above it.
   */
  readonly #numbers: Int32Array
  readonly #functions: readonly Step[]
  readonly #counters: readonly Float64Array[]

  constructor(rules: readonly NftRuleState[]) {
    const [functions, counters] = [new Numbered<Step>(), new Numbered<Float64Array>()]
    const numbers: number[] = []
    this.#begins = new Int32Array(rules.length + 1)
    for (const [rule, { steps, expressions }] of rules.entries()) {
      for (const [i, step] of steps.entries()) {
        const { tally } = step
        if (tally) numbers.push(kind.count, counters.of(tally.row), tally.at, 0, 0)
        else numbers.push(...(comparison(expressions[i]!) ?? [kind.call, functions.of(step), 0, 0, 0]))
      }
      this.#begins[rule + 1] = numbers.length
    }
    this.#numbers = Int32Array.from(numbers)
    this.#functions = functions.list
    this.#counters = counters.list
  }

  /** Run the rule at a place: what the first of its expressions says that says something. */
  run(rule: number, run: Run): Outcome {
    const numbers = this.#numbers
    const end = this.#begins[rule + 1]!
    for (let at = this.#begins[rule]!; at < end; at += size) {
      const is = numbers[at]!
      if (is === kind.call) {
        const outcome = this.#functions[numbers[at + 1]!]!(run)
        if (outcome !== undefined) return outcome
      } else if (is === kind.count) {
        countIn(this.#counters[numbers[at + 1]!]!, numbers[at + 2]!, run.journey.packet.bytes.length)
      } else {
        const word = be32(run.registers, numbers[at + 1]!) & numbers[at + 2]!
        const isWithin = (word - numbers[at + 3]!) >>> 0 <= numbers[at + 4]! >>> 0
        if (isWithin !== (is === kind.within)) return nftCode.break
      }
    }
    return undefined
  }
}

/** The numbers of a comparison; `undefined` of one that is not of a word, or that nothing is within. */
function comparison(expression: Expression): readonly number[] | undefined {
  const condition = conditionOf(expression, 0, wide)
  if (!condition || condition.more.length > 0 || condition.high < condition.low) return undefined
  const { sreg } = expression.data as ExpressionData<'cmp'>
  const { mask, low, high, wanted } = condition
  return [wanted ? kind.within : kind.outside, placeOf(sreg!), mask, low, high - low]
}

/** Things by numbers, in the order in which they come first. */
class Numbered<T> {
  readonly #numbers = new Map<T, number>()

  of(one: T): number {
    const number = this.#numbers.get(one) ?? this.#numbers.size
    this.#numbers.set(one, number)
    return number
  }

  get list(): readonly T[] {
    return [...this.#numbers.keys()]
  }
}
