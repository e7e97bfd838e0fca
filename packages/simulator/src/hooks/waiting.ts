/**
 * What waits, in the order of its coming. One that waits alone, as most packets do, is kept beside the map: a map that is emptied makes itself anew,
 * and each time keeps the next one alive, beyond what a collection of young objects frees.
 */
export class Waiting<K, V> {
  readonly #others = new Map<K, V>()
  #isFirst = false
  #key: K | undefined
  #value: V | undefined

  get size(): number {
    return this.#others.size + (this.#isFirst ? 1 : 0)
  }

  /** Put one behind the others, or in the place of the one with this key. */
  set(key: K, value: V): void {
    if (this.size > 0 && !(this.#isFirst && key === this.#key)) {
      this.#others.set(key, value)
      return
    }
    this.#isFirst = true
    this.#key = key
    this.#value = value
  }

  get(key: K): V | undefined {
    return this.#isFirst && key === this.#key ? this.#value : this.#others.get(key)
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    if (!this.#isFirst || key !== this.#key) return this.#others.size > 0 && this.#others.delete(key)
    this.#isFirst = false
    this.#key = undefined
    this.#value = undefined
    return true
  }

  /** Those there are; one that is deleted meanwhile comes no more. */
  *[Symbol.iterator](): Generator<[K, V], void, undefined> {
    if (this.#isFirst) yield [this.#key!, this.#value!]
    yield* this.#others
  }
}
