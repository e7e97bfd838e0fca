/** What packets' bytes lie in. */
export interface Memory {
  readonly bytes: Uint8Array
  /** The same; `undefined` where words are not aligned in memory. */
  readonly words: Int32Array | undefined
  /** One more packet lies there. */
  hold(): void
  /** One less. */
  letGo(): void
  /**
   * One less, and the memory is let go of for good: the program may look at a view of it, and is not told that the packet was judged. So nothing is ever put there
   * again, and the garbage collector takes it when the last view is gone.
   */
  abandon(): void
}

/** A copy for one packet, which nobody else puts anything into. */
export class Own implements Memory {
  readonly bytes: Uint8Array
  readonly words = undefined

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Of `bytes[start, end)`. Throws `RangeError` when there is no memory. */
  static of(bytes: Uint8Array, start: number, end: number): Own {
    return new Own(bytes.slice(start, end))
  }

  /** The same; `undefined` when there is no memory. */
  static ifPossible(bytes: Uint8Array, start: number, end: number): Own | undefined {
    try {
      return Own.of(bytes, start, end)
    } catch {
      return undefined
    }
  }

  hold(): void {}
  letGo(): void {}
  abandon(): void {}
}
