/** Small, fast and repeatable: the same seed gives the same numbers (a 32-bit xorshift). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state % limit
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}

/** The numbers of the `nth` input of a seed. Other seeds begin far away: neighbours would share nearly all of their inputs. */
export function randomOf(seed: number, nth: number): Random {
  let x = Math.imul(seed, 0x9e37_79b1) + nth
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35)
  const random = new Random(x ^ (x >>> 16))
  random.below(2)
  return random
}
