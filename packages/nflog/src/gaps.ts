/** Counts the packets that are missing between those that come: the kernel numbers them, from 0, and wraps at 2³². */
export class Gaps {
  #next: number | undefined
  /** Missing so far. */
  missing = 0

  /** Returns how many packets are missing before this one. */
  take(sequence: number): number {
    const missing = this.#next === undefined ? 0 : (sequence - this.#next) >>> 0
    this.#next = (sequence + 1) >>> 0
    this.missing += missing
    return missing
  }
}
