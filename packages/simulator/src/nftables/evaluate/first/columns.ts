import type { Condition } from './condition.ts'
import { wordsOfRegister } from './facts.ts'

/** As few rules are as quickly gone through. */
const few = 2
/** So many rules that ask for the same value are gone through. */
const many = 8
/** 2³² by the golden ratio: it spreads values that follow each other. */
const golden = 0x9e37_79b1
/** Behind rules that are listed, and where there are none. */
export const nothing = -1

/** A rule that asks whether something loaded is one value. */
export interface Asking {
  /** Its place in the chain. */
  readonly rule: number
  readonly condition: Condition
}

/** Rules that ask for values of the same thing, under the same mask: those that ask for a packet's own are found by it, and no other is gone through. */
export class Column {
  /** Where the thing is among words that are loaded. */
  readonly place: number
  /** The first rule of it, and the last. */
  readonly first: number
  readonly last: number
  readonly #mask: number
  readonly #shift: number
  /** By hash: a value, and where its rules begin, or `nothing`. */
  readonly #values: Int32Array
  readonly #starts: Int32Array
  /** The rules of each value, ascending, and `nothing` behind them. */
  readonly rules: Int32Array

  /** Of rules in their order. */
  constructor(askings: readonly Asking[]) {
    const { fact, mask } = askings[0]!.condition
    const byValue = grouped(askings, ({ condition }) => condition.low | 0)
    const bits = Math.ceil(Math.log2(byValue.size)) + 1
    this.place = wordsOfRegister * fact
    this.first = askings[0]!.rule
    this.last = askings.at(-1)!.rule
    this.#mask = mask
    this.#shift = 32 - bits
    this.#values = new Int32Array(1 << bits)
    this.#starts = new Int32Array(1 << bits).fill(nothing)
    this.rules = Int32Array.from([...byValue.values()].flatMap((same) => [...same.map(({ rule }) => rule), nothing]))
    let start = 0
    for (const [value, same] of byValue) {
      const slot = this.#slot(value)
      this.#values[slot] = value
      this.#starts[slot] = start
      start += same.length + 1
    }
  }

  /** Where the rules are that ask for what a word is; `nothing` where none does. */
  start(word: number): number {
    return this.#starts[this.#slot(word & this.#mask)]!
  }

  /** Where a value is, or may be put: of slots at most half are taken. */
  #slot(value: number): number {
    const values = this.#values
    const starts = this.#starts
    let slot = Math.imul(value, golden) >>> this.#shift
    while (starts[slot] !== nothing && values[slot] !== value) slot = (slot + 1) & (values.length - 1)
    return slot
  }
}

/** The columns of a chain's conditions, by their first rules, and the rules that are in none. */
export function columnsOf(rules: readonly (readonly Condition[])[]): {
  readonly columns: readonly Column[]
  readonly others: readonly number[]
} {
  const askings = rules.flatMap((conditions, rule) =>
    conditions.filter(isOneValue).map((condition) => ({ rule, condition })),
  )
  const alike = grouped(askings, valueKey)
  const isRare = (one: Asking) => alike.get(valueKey(one))!.length <= many
  const columns = new Map<string, Asking[]>()
  const placed = new Set<number>()
  for (const group of [askings.filter(isRare), askings]) spread(group, columns, placed)
  return {
    columns: [...columns.values()]
      .map((column) => new Column(column.toSorted((a, b) => a.rule - b.rule)))
      .toSorted((a, b) => a.first - b.first),
    others: [...rules.keys()].filter((rule) => !placed.has(rule)),
  }
}

/** Put rules into columns: again and again those into one that the most values of one thing tell apart, since each thing has to be loaded. */
function spread(askings: readonly Asking[], columns: Map<string, Asking[]>, placed: Set<number>): void {
  const things = [...grouped(askings, thingKey)]
  const left = (of: readonly Asking[]) => of.filter(({ rule }) => !placed.has(rule))
  for (;;) {
    const [thing, rest, values] = things
      .map(([key, of]) => [key, left(of)] as const)
      .filter(([, rest]) => rest.length > few)
      .map(([key, rest]) => [key, rest, grouped(rest, valueKey).size] as const)
      .reduce((best, one) => (one[2] > best[2] ? one : best), ['', [], 1] as const)
    if (values === 1) return
    const column = columns.get(thing) ?? []
    columns.set(thing, column)
    for (const one of rest) {
      if (!placed.has(one.rule)) column.push(one)
      placed.add(one.rule)
    }
  }
}

const isOneValue = ({ low, high, wanted }: Condition): boolean => wanted && low === high

const thingKey = ({ condition }: Asking): string => `${condition.fact} ${condition.mask}`
const valueKey = (asking: Asking): string => `${thingKey(asking)} ${asking.condition.low}`

/** What has the same key, in its order. */
function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
