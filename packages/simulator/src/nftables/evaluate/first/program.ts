import type { Journey } from '../../../hooks/journey.ts'
import { type Column, columnsOf, nothing } from './columns.ts'
import type { Condition } from './condition.ts'
import { type Facts, wordsOfRegister } from './facts.ts'

/** Numbers of a condition. */
const size = 6

/** The conditions of many rules as one column of numbers. Most rules that a packet does not meet are not even looked at. */
export class Program {
  /** Of each rule where its conditions begin, and at last where they end. */
  readonly #starts: Int32Array
  /** Of each condition where its fact is, mask, least word, how many are above it, whether that is wanted, and its place in `more`, or -1. */
  readonly #conditions: Int32Array
  /** Words behind the first, of the conditions that have some. */
  readonly #more: readonly Int32Array[]
  readonly #columns: readonly Column[]
  /** Rules that are in no column, `nothing` behind them, and where among them those from each place on begin. */
  readonly #others: Int32Array
  readonly #othersFrom: Int32Array

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
          one.low,
          one.high - one.low,
          Number(one.wanted),
          one.more.length === 0 ? -1 : longer.push(Int32Array.from(one.more)) - 1,
        ]),
    )
    this.#more = longer
    const { columns, others } = columnsOf(rules)
    this.#columns = columns
    this.#others = Int32Array.from([...others, nothing])
    this.#othersFrom = new Int32Array(rules.length + 1).fill(others.length)
    for (let rule = rules.length, at = others.length; rule >= 0; rule--) {
      if (others[at - 1] === rule) at--
      this.#othersFrom[rule] = at
    }
  }

  /** The place of the next rule, from one on, whose conditions hold; as many as there are rules where none is left. */
  next(from: number, facts: Facts, journey: Journey): number {
    const last = this.#starts.length - 1
    // It is met by most packets, or every packet: what needs more is loaded for the rest.
    if (from >= last || this.#holds(from, facts, facts.loaded, facts.words, facts.now, journey)) return from
    let nearest = last
    for (const column of this.#columns) {
      if (column.first >= nearest) break
      if (column.last > from) nearest = this.#nextIn(column, from, nearest, facts, journey)
    }
    return this.#among(this.#others, this.#othersFrom[from + 1]!, from, nearest, facts, journey)
  }

  /** The first rule of a column behind a place whose conditions hold; `nearest` where that is nearer. */
  #nextIn(column: Column, from: number, nearest: number, facts: Facts, journey: Journey): number {
    const { place } = column
    if (facts.loaded[place] !== facts.now && !facts.load(place, journey)) return nearest
    const at = column.start(facts.words[place]!)
    return at < 0 ? nearest : this.#among(column.rules, at, from, nearest, facts, journey)
  }

  /** The same of rules that are listed, from an index on. */
  #among(rules: Int32Array, from: number, behind: number, nearest: number, facts: Facts, journey: Journey): number {
    const { loaded, words, now } = facts
    for (let at = from; ; at++) {
      const rule = rules[at]!
      if (rule < 0 || rule >= nearest) return nearest
      if (rule > behind && this.#holds(rule, facts, loaded, words, now, journey)) return rule
    }
  }

  /** Whether all conditions of a rule hold. */
  holds(rule: number, facts: Facts, journey: Journey): boolean {
    return this.#holds(rule, facts, facts.loaded, facts.words, facts.now, journey)
  }

  /** The same. Nothing but numbers, which the caller has at hand: it is run for each rule. */
  #holds(rule: number, facts: Facts, loaded: Int32Array, words: Int32Array, now: number, journey: Journey): boolean {
    const all = this.#conditions
    const end = this.#starts[rule + 1]!
    for (let at = this.#starts[rule]!; at < end; at += size) {
      const place = all[at]!
      if (loaded[place] !== now && !facts.load(place, journey)) return false
      let holds = ((words[place]! & all[at + 1]!) - all[at + 2]!) >>> 0 <= all[at + 3]! >>> 0
      if (holds && all[at + 5]! >= 0) holds = isRest(this.#more[all[at + 5]!]!, words, place)
      if (holds !== (all[at + 4] === 1)) return false
    }
    return true
  }
}

function isRest(more: Int32Array, words: Int32Array, place: number): boolean {
  for (let i = 0; i < more.length; i++) if (words[place + 1 + i] !== more[i]) return false
  return true
}
