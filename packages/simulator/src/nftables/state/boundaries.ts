import type { Interval } from './interval.ts'

type Boundary = Pick<Interval, 'key' | 'isIntervalEnd'>

/** The starts and ends of intervals of single keys, in order: an end is the key behind an interval, and comes before a start of the same key. */
export class Boundaries<Element extends Boundary & { readonly expires: number }> {
  readonly #all: Element[] = []
  /** Whose end comes next. */
  #lastStart: Element | undefined

  put(element: Element): void {
    this.#all.splice(this.#place(element), 0, element)
    if (!element.isIntervalEnd) this.#lastStart = element
  }

  remove(element: Element): void {
    this.#all.splice(this.#all.indexOf(element, Math.max(0, this.#place(element) - 1)), 1)
  }

  /** The living start whose interval has a key. */
  find(key: Uint8Array, now: number): Element | undefined {
    const found = this.#before({ key, isIntervalEnd: false }, now, true)
    return found?.isIntervalEnd ? undefined : found
  }

  /** Whether a start is within an interval that lives, and whether an end has another boundary between itself and its start. */
  overlap(interval: Boundary, now: number): boolean {
    const before = this.#before(interval, now, false)
    if (!interval.isIntervalEnd) return before !== undefined && !before.isIntervalEnd
    return before !== undefined && !before.isIntervalEnd && before !== this.#lastStart
  }

  /** The last that lives before a boundary; `orAt` the same key, too. */
  #before(boundary: Boundary, now: number, orAt: boolean): Element | undefined {
    for (let i = this.#place(boundary, orAt) - 1; i >= 0; i--)
      if (this.#all[i]!.expires > now || this.#all[i]!.isIntervalEnd) return this.#all[i]
    return undefined
  }

  /** Where a boundary belongs: behind its equal when `orAt`. */
  #place(boundary: Boundary, orAt = false): number {
    let [low, high] = [0, this.#all.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const order = compareBoundaries(this.#all[middle]!, boundary)
      if (order < 0 || (orAt && order === 0)) low = middle + 1
      else high = middle
    }
    return low
  }
}

const compareBoundaries = (a: Boundary, b: Boundary): number =>
  compare(a.key, b.key) || Number(b.isIntervalEnd) - Number(a.isIntervalEnd)

/** The order of keys: byte by byte. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - (b[i] ?? 0)
  return 0
}
