import { be32 } from '@nfkit/inet/bytes'
import { type NftRuleState, nftCode, type Outcome, type Run, type Step } from '../state/chain.ts'

/** Numbers of a step. */
const size = 4
/** What a step is: a function to call, or a count or a comparison that is made of its numbers. */
const kind = { call: 0, count: 1, equal: 2, differs: 3 } as const

/**
 * The steps of all rules of a chain, one behind the other. What most of them are made of, counts and comparisons of a word, is four numbers of one row each: as
 * functions with what they refer to, those of a thousand rules are more than the processor's nearest caches hold.
 */
export class StepRow {
  readonly #steps: readonly Step[]
  /** Where the steps of each rule begin, and at last where they end. */
  readonly #begins: Int32Array
  /** Of each step what it is; then which row of counters it adds to, and where, or register, mask and word of a comparison. */
  readonly #numbers: Int32Array
  readonly #counters: readonly Float64Array[]

  constructor(rules: readonly NftRuleState[]) {
    this.#steps = rules.flatMap(({ steps }) => steps)
    this.#begins = new Int32Array(rules.length + 1)
    for (const [i, { steps }] of rules.entries()) this.#begins[i + 1] = this.#begins[i]! + steps.length
    const counters = new Map<Float64Array, number>()
    this.#numbers = Int32Array.from(this.#steps.flatMap((step) => numbersOf(step, counters)))
    this.#counters = [...counters.keys()]
  }

  /** Run the rule at a place: what the first of its expressions says that says something. */
  run(rule: number, run: Run): Outcome {
    const numbers = this.#numbers
    const end = this.#begins[rule + 1]!
    for (let i = this.#begins[rule]!; i < end; i++) {
      const at = size * i
      const is = numbers[at]!
      if (is === kind.call) {
        const outcome = this.#steps[i]!(run)
        if (outcome !== undefined) return outcome
      } else if (is === kind.count) {
        const row = this.#counters[numbers[at + 1]!]!
        const place = numbers[at + 2]!
        row[place]!++
        row[place + 1]! += run.journey.packet.bytes.length
      } else {
        const isEqual = (be32(run.registers, numbers[at + 1]!) & numbers[at + 2]!) === numbers[at + 3]
        if (isEqual !== (is === kind.equal)) return nftCode.break
      }
    }
    return undefined
  }
}

/** The numbers of a step. Rows of counters are numbered as they come. */
function numbersOf({ tally, compared }: Step, counters: Map<Float64Array, number>): readonly number[] {
  if (compared) return [compared.wanted ? kind.equal : kind.differs, compared.at, compared.mask, compared.word]
  if (!tally) return [kind.call, 0, 0, 0]
  const row = counters.get(tally.row) ?? counters.size
  counters.set(tally.row, row)
  return [kind.count, row, tally.at, 0]
}
