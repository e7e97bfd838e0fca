/** Bytes of a stream, from a position on. */
interface Piece {
  readonly start: number
  readonly data: Uint8Array
}

/** The bytes of a stream that came before those in front of them: pieces in order that do not overlap. */
export class Waiting {
  readonly #pieces: Piece[] = []
  readonly #charge: (bytes: number) => void
  #bytes = 0

  /** `charge` is told by how many bytes the pieces grow. */
  constructor(charge: (bytes: number) => void) {
    this.#charge = charge
  }

  /** Bytes in all pieces. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many pieces there are. */
  get count(): number {
    return this.#pieces.length
  }

  /** Position of the first byte that waits; `Infinity` when none does. */
  get start(): number {
    return this.#pieces[0]?.start ?? Number.POSITIVE_INFINITY
  }

  /** Position behind the last byte that waits; `-Infinity` when none does. */
  get end(): number {
    const last = this.#pieces.at(-1)
    return last === undefined ? Number.NEGATIVE_INFINITY : last.start + last.data.length
  }

  /** Keep a copy of what is new in `data`; returns how many bytes that is. */
  add(position: number, data: Uint8Array): number {
    const before = this.#bytes
    const end = position + data.length
    for (let at = position, index = this.#firstEndingAfter(position); at < end; index++) {
      const next = this.#pieces[index]
      const until = Math.min(end, next?.start ?? end)
      if (until > at) {
        this.#pieces.splice(index++, 0, { start: at, data: data.slice(at - position, until - position) })
        this.#bytes += until - at
      }
      at = next === undefined ? end : next.start + next.data.length
    }
    this.#charge(this.#bytes - before)
    return this.#bytes - before
  }

  /** Take the bytes that go on at `position`, if they are there; pieces before it go. */
  take(position: number): Uint8Array | undefined {
    for (let first = this.#pieces[0]; first !== undefined && first.start <= position; first = this.#pieces[0]) {
      const { start, data } = first
      this.#pieces.shift()
      this.#bytes -= data.length
      this.#charge(-data.length)
      if (start + data.length > position) return data.subarray(position - start)
    }
    return undefined
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#pieces.length = 0
    this.#charge(-this.#bytes)
    this.#bytes = 0
  }

  /** Visit what waits of `[start, end)`, each run with its position. */
  visit(start: number, end: number, visit: (position: number, known: Uint8Array) => void): void {
    for (let i = this.#firstEndingAfter(start); i < this.#pieces.length; i++) {
      const piece = this.#pieces[i]!
      if (piece.start >= end) return
      const from = Math.max(start, piece.start)
      visit(from, piece.data.subarray(from - piece.start, end - piece.start))
    }
  }

  #firstEndingAfter(position: number): number {
    let [low, high] = [0, this.#pieces.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const { start, data } = this.#pieces[middle]!
      if (start + data.length > position) high = middle
      else low = middle + 1
    }
    return low
  }
}
