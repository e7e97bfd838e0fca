import type { Judgement } from './verdict.ts'

/** What a predicate is given: views, valid during the call. */
export interface Heard {
  /** All that was said since the hold began. */
  readonly bytes: Uint8Array
  /** What of it is new. */
  readonly chunk: Uint8Array
  /** Whether nothing follows. */
  readonly ended: boolean
}

/** Says what becomes of a connection after what it has said so far; `undefined` asks for more. */
export type HoldPredicate = (heard: Heard) => Judgement | undefined | PromiseLike<Judgement | undefined>

/** Bytes that follow each other, in memory that grows with them. */
export class Transcript {
  #bytes = new Uint8Array(0)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** All of it. A view, valid until more is added. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  /** Add what follows. */
  add(chunk: Uint8Array): void {
    const size = this.#size + chunk.length
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, 2 * this.#bytes.length))
      grown.set(this.bytes)
      this.#bytes = grown
    }
    this.#bytes.set(chunk, this.#size)
    this.#size = size
  }
}
