/** Numbers that look random and follow from a seed: the same program from the same seed, on every machine. */
export class Random {
  #state

  constructor(...seeds) {
    this.#state = seeds.reduce((state, seed) => mixed(state ^ mixed(seed >>> 0)), 0x5bd1_e995)
  }

  /** From 0 to n − 1. */
  below(n) {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0
    return mixed(this.#state) % n
  }

  between(low, high) {
    return low + this.below(high - low + 1)
  }

  chance(part) {
    return this.below(10_000) < part * 10_000
  }

  pick(list) {
    return list[this.below(list.length)]
  }

  /** A key of a table whose values are weights. */
  weighted(weights) {
    const entries = Object.entries(weights)
    let at = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0))
    for (const [key, weight] of entries) {
      if (at < weight) return key
      at -= weight
    }
  }

  /** So many different entries of a list. */
  some(list, count) {
    const left = [...list]
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(this.below(left.length), 1)[0])
  }
}

function mixed(value) {
  let bits = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
