import type { Journey } from '../../../hooks/journey.ts'
import type { Condition } from './condition.ts'
import { type Facts, wordsOfRegister } from './facts.ts'

/** Makes numbers without a sign compare as those with one do. */
const signed = (word: number): number => word ^ 0x8000_0000

/** The conditions of many rules in columns of numbers, which are gone through without a call for each. */
export class Program {
  /** Of each rule where its conditions begin, and at last where they end. */
  readonly #starts: Int32Array
  readonly #facts: Int32Array
  readonly #masks: Int32Array
  readonly #lows: Int32Array
  readonly #highs: Int32Array
  readonly #wanted: Uint8Array
  /** Words behind the first, where there are some. */
  readonly #more: readonly (Int32Array | undefined)[]

  constructor(rules: readonly (readonly Condition[])[]) {
    const all = rules.flat()
    this.#starts = new Int32Array(rules.length + 1)
    for (const [i, { length }] of rules.entries()) this.#starts[i + 1] = this.#starts[i]! + length
    this.#facts = Int32Array.from(all, ({ fact }) => wordsOfRegister * fact)
    this.#masks = Int32Array.from(all, ({ mask }) => mask)
    this.#lows = Int32Array.from(all, ({ low }) => signed(low))
    this.#highs = Int32Array.from(all, ({ high }) => signed(high))
    this.#wanted = Uint8Array.from(all, ({ wanted }) => Number(wanted))
    this.#more = all.map(({ more }) => (more.length === 0 ? undefined : Int32Array.from(more)))
  }

  /** The place of the next rule, from one on, whose conditions hold; as many as there are rules where none is left. One loop, and nothing but numbers: it is run for each rule. */
  next(from: number, facts: Facts, journey: Journey): number {
    const [starts, places, masks, lows] = [this.#starts, this.#facts, this.#masks, this.#lows]
    const [highs, wanted, more] = [this.#highs, this.#wanted, this.#more]
    const { loaded, words, now } = facts
    const last = starts.length - 1
    for (let rule = from; rule < last; rule++) {
      const end = starts[rule + 1]!
      let at = starts[rule]!
      for (; at < end; at++) {
        const place = places[at]!
        if (loaded[place] !== now && !facts.load(place, journey)) break
        const word = signed(words[place]! & masks[at]!)
        const isWithin = word >= lows[at]! && word <= highs[at]!
        const holds = isWithin && (more[at] === undefined || isRest(more[at]!, words, place))
        if (holds !== (wanted[at] === 1)) break
      }
      if (at === end) return rule
    }
    return last
  }
}

function isRest(more: Int32Array, words: Int32Array, place: number): boolean {
  for (let i = 0; i < more.length; i++) if (words[place + 1 + i] !== more[i]) return false
  return true
}
