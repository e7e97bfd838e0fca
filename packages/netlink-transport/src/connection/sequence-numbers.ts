import * as check from '../check.ts'

/** How many are left for requests at least. */
const least = 0x1000_0000

/** The sequence numbers of one connection: requests take turns at those that nobody has reserved. 0 is the kernel's own. */
export class SequenceNumbers {
  #next = 1
  #last: number

  /** From 1 to `last`. */
  constructor(last = 0xffff_ffff) {
    this.#last = last
  }

  /** Returns the first of `count` numbers in a row that no request will have. Throws `RangeError` when so many are not left. */
  reserve(count: number): number {
    this.#last -= check.whole('count', count, 1, this.#last - least)
    return this.#last + 1
  }

  /** Returns the first of `count` numbers in a row of which none is in use. */
  take(count: number, inUse: { has(sequence: number): boolean }): number {
    let first = this.#next
    for (let free = 0; free < count; free++) {
      if (first + count - 1 > this.#last) {
        first = 1
        free = 0
      }
      if (inUse.has(first + free)) {
        first += free + 1
        free = -1
      }
    }
    this.#next = first + count
    return first
  }
}
