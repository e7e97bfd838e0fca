import * as check from '../check.ts'

/** How many are left for requests at least. */
const least = 0x1000_0000

/** The sequence numbers of one connection: requests take turns at those that nobody has reserved. 0 is the kernel's own. */
export class SequenceNumbers {
  #next: number
  #last: number

  /** From 1 to `last`, beginning with `next`. */
  constructor(last = 0xffff_ffff, next = 1) {
    this.#last = last
    this.#next = next
  }

  /** Numbers for a socket that another program has used: its own, to which answers may still come, are hardly among the next ones. */
  static elsewhere(): SequenceNumbers {
    const among = (count: number) => Math.floor(Math.random() * count)
    return new SequenceNumbers(0x8000_0000 + among(0x8000_0000), 1 + among(0x7000_0000))
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
