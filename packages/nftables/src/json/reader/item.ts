import { EncodeError } from '@nfkit/netlink-codec'
import { nearest } from '@nfkit/netlink-transport'
import { RulesetJsonError } from './error.ts'

/** Fields of an object: those it must have, and those it may have. */
export type Fields<Must extends string, May extends string> = { readonly [M in Must]: Item } & {
  readonly [M in May]?: Item
}

/** Levels that are read: nft nests no deeper than twelve. */
const deepest = 64

/** A value of the JSON, and where it is. Every method throws `RulesetJsonError` alone. */
export class Item {
  readonly value: unknown
  readonly place: string
  readonly #depth: number

  constructor(value: unknown, place: string, depth = 0) {
    this.value = value
    this.place = place
    this.#depth = depth
  }

  /** Throws, for this value. */
  fail(reason: string): never {
    throw new RulesetJsonError(this.place, reason)
  }

  /** Whether it is null, as what has nothing to say is written. */
  get isNull(): boolean {
    return this.value === null
  }

  get isList(): boolean {
    return Array.isArray(this.value)
  }

  get isObject(): boolean {
    return typeof this.value === 'object' && this.value !== null && !this.isList
  }

  get isText(): boolean {
    return typeof this.value === 'string'
  }

  /** Whether it is an object of this one field. */
  is(field: string): boolean {
    return this.isObject && Object.hasOwn(this.value as object, field)
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.fail(`text is needed, and this is ${this.#shown}`)
  }

  /** One of some words. */
  word<W extends string>(words: readonly W[]): W {
    const text = this.text()
    if (words.includes(text as W)) return text as W
    return this.fail(`${JSON.stringify(text)} is none of ${words.join(', ')}${this.#near(text, words)}`)
  }

  /** A whole number that is exact. */
  number(): number {
    return Number.isSafeInteger(this.value)
      ? (this.value as number)
      : this.fail(`a whole number is needed, and this is ${this.#shown}`)
  }

  /** A whole number of 64 bits without a sign, which nft 1.0.6 writes with one. */
  large(): bigint {
    const { value } = this
    const isDigits = typeof value === 'string' && /^-?\d{1,20}$/.test(value)
    return isDigits || Number.isSafeInteger(value)
      ? BigInt.asUintN(64, BigInt(value as string | number))
      : this.fail(`a whole number is needed, and this is ${this.#shown}`)
  }

  flag(): boolean {
    return typeof this.value === 'boolean'
      ? this.value
      : this.fail(`true or false is needed, and this is ${this.#shown}`)
  }

  list(): readonly Item[] {
    return Array.isArray(this.value)
      ? this.value.map((value, i) => this.#inside(value, `[${i}]`))
      : this.fail(`a list is needed, and this is ${this.#shown}`)
  }

  /** Two values. */
  pair(): readonly [Item, Item] {
    const list = this.list()
    return list.length === 2 ? [list[0]!, list[1]!] : this.fail(`two values are needed, and these are ${list.length}`)
  }

  /** What is written alone where there is one, and as a list where there are several. */
  several(): readonly Item[] {
    return this.isList ? this.list() : [this]
  }

  /** The fields of an object: all that it must have, and no other than these. */
  fields<const Must extends string, const May extends string = never>(
    must: readonly Must[],
    may: readonly May[] = [],
  ): Fields<Must, May> {
    const object = this.#object()
    const known: readonly string[] = [...must, ...may]
    const stray = Object.keys(object).find((key) => !known.includes(key))
    if (stray !== undefined)
      return this.#inside(object[stray], `.${stray}`).fail(
        `this library does not know it here; there are ${known.join(', ')}${this.#near(stray, known)}`,
      )
    const missing = must.find((key) => !Object.hasOwn(object, key))
    if (missing !== undefined) return this.fail(`"${missing}" is missing`)
    return Object.fromEntries(
      Object.entries(object).map(([key, value]) => [key, this.#inside(value, `.${key}`)]),
    ) as Fields<Must, May>
  }

  /** Some fields of an object, which may have others. */
  some<const Must extends string>(must: readonly Must[]): Fields<Must, never> {
    return this.fields(must, Object.keys(this.#object()))
  }

  /** The one field of an object: its name, and its value. */
  only(): readonly [string, Item] {
    const entries = Object.entries(this.#object())
    const [entry] = entries
    if (entry === undefined || entries.length > 1)
      return this.fail(`an object of one field is needed, and this one has ${entries.length}`)
    return [entry[0], this.#inside(entry[1], `.${entry[0]}`)]
  }

  /** Runs what makes a value, and throws what it refuses as an error of this place. */
  making<T>(make: () => T): T {
    try {
      return make()
    } catch (error) {
      if (error instanceof EncodeError || error instanceof RangeError || error instanceof TypeError)
        return this.fail(error.message)
      throw error
    }
  }

  #object(): { readonly [key: string]: unknown } {
    return this.isObject
      ? (this.value as { readonly [key: string]: unknown })
      : this.fail(`an object is needed, and this is ${this.#shown}`)
  }

  #inside(value: unknown, step: string): Item {
    if (this.#depth === deepest) return this.fail(`it is more than ${deepest} levels deep`)
    return new Item(value, `${this.place}${this.place === '' ? step.replace(/^\./, '') : step}`, this.#depth + 1)
  }

  #near(word: string, words: readonly string[]): string {
    const near = nearest(word, words)
    return near === undefined ? '' : `; did you mean "${near}"?`
  }

  get #shown(): string {
    if (this.isNull) return 'null'
    return this.isList ? 'a list' : this.isObject ? 'an object' : JSON.stringify(this.value).slice(0, 60)
  }
}
