import { be16, be32, view } from '@nfkit/inet/bytes'

/** Reads `bytes[start, end)` from the front. Whatever would reach past the end calls `cut` with the place, which throws. */
export class Cursor {
  readonly bytes: Uint8Array
  readonly end: number
  /** Where the next read begins. */
  at: number
  readonly #cut: (at: number) => never

  constructor(bytes: Uint8Array, start: number, end: number, cut: (at: number) => never) {
    this.bytes = bytes
    this.at = start
    this.end = end
    this.#cut = cut
  }

  /** How many bytes are left. */
  get left(): number {
    return this.end - this.at
  }

  u8(): number {
    return this.bytes[this.#next(1)]!
  }

  u16(): number {
    return be16(this.bytes, this.#next(2))
  }

  u32(): number {
    return be32(this.bytes, this.#next(4))
  }

  /** A view of the next `size` bytes. */
  take(size: number): Uint8Array {
    const from = this.#next(size)
    return view(this.bytes, from, this.at)
  }

  skip(size: number): void {
    this.#next(size)
  }

  /** A cursor of its own for the next `size` bytes. */
  part(size: number): Cursor {
    const from = this.#next(size)
    return new Cursor(this.bytes, from, this.at, this.#cut)
  }

  /** All that is left, as numbers of 16 bits: an odd byte at the end is cut. */
  u16s(): number[] {
    const count = (this.left + 1) >> 1
    const out = new Array<number>(count)
    for (let i = 0; i < count; i++) out[i] = this.u16()
    return out
  }

  #next(size: number): number {
    const from = this.at
    if (from + size > this.end) this.#cut(from)
    this.at = from + size
    return from
  }
}
