import type { Journey } from '../../../hooks/journey.ts'
import type { Condition } from './condition.ts'
import { type Facts, wordsOfRegister } from './facts.ts'

/** Makes numbers without a sign compare as those with one do. */
const signed = (word: number): number => word ^ 0x8000_0000

/** Numbers of a condition. */
const size = 6

/** The conditions of many rules as one column of numbers, which is gone through without a call for each. */
export class Program {
  /** Of each rule where its conditions begin, and at last where they end. */
  readonly #starts: Int32Array
  /** Of each condition where its fact is, mask, least word, greatest, whether that is wanted, and its place in `more`, or -1. */
  readonly #conditions: Int32Array
  /** Words behind the first, of the conditions that have some. */
  readonly #more: readonly Int32Array[]

  constructor(rules: readonly (readonly Condition[])[]) {
    this.#starts = new Int32Array(rules.length + 1)
    for (const [i, { length }] of rules.entries()) this.#starts[i + 1] = this.#starts[i]! + size * length
    const longer: Int32Array[] = []
    this.#conditions = Int32Array.from(
      rules
        .flat()
        .flatMap((one) => [
          wordsOfRegister * one.fact,
          one.mask,
          signed(one.low),
          signed(one.high),
          Number(one.wanted),
          one.more.length === 0 ? -1 : longer.push(Int32Array.from(one.more)) - 1,
        ]),
    )
    this.#more = longer
  }

  /** The place of the next rule, from one on, whose conditions hold; as many as there are rules where none is left. One loop, and nothing but numbers: it is run for each rule. */
  next(from: number, facts: Facts, journey: Journey): number {
    const starts = this.#starts
    const all = this.#conditions
    const { loaded, words, now } = facts
    const last = starts.length - 1
    let at = starts[from]!
    for (let rule = from; rule < last; rule++) {
      const end = starts[rule + 1]!
      for (; at < end; at += 6) {
        const place = all[at]!
        if (loaded[place] !== now && !facts.load(place, journey)) break
        const word = signed(words[place]! & all[at + 1]!)
        let holds = word >= all[at + 2]! && word <= all[at + 3]!
        if (holds && all[at + 5]! >= 0) holds = isRest(this.#more[all[at + 5]!]!, words, place)
        if (holds !== (all[at + 4] === 1)) break
      }
      if (at === end) return rule
      at = end
    }
    return last
  }
}

function isRest(more: Int32Array, words: Int32Array, place: number): boolean {
  for (let i = 0; i < more.length; i++) if (words[place + 1 + i] !== more[i]) return false
  return true
}
