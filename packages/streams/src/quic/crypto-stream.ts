import { be32, view } from '@nfkit/inet/bytes'
import type { CryptoFrame } from './frames.ts'
import { refuse } from './problem.ts'

const nothing = new Uint8Array(0)

/** The handshake of one side, joined from pieces in any order. The first copy of a byte stays; another one that differs is refused. */
export class CryptoStream {
  readonly #most: number
  #bytes = nothing
  /** 1 for each byte that is there: a map costs the same however small the pieces are. */
  #isThere = nothing
  /** Bytes that are there without a gap. */
  #joined = 0
  /** Where the last piece ends: behind it nothing is there. */
  #end = 0
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Put a piece in its place. Throws a `ReadError` when it differs from what is there, or reaches past `most`. */
  add({ offset, data }: CryptoFrame): void {
    const end = offset + data.length
    if (end > this.#most) refuse('tooLong', 0)
    this.#reserve(end)
    for (let p = offset; p < Math.min(end, this.#end); p++)
      if (this.#isThere[p] === 1 && this.#bytes[p] !== data[p - offset]) refuse('overlap', 0)
    this.#bytes.set(data, offset)
    this.#isThere.fill(1, offset, end)
    this.#end = Math.max(this.#end, end)
    const gap = this.#isThere.indexOf(0, this.#joined)
    this.#joined = gap < 0 ? this.#isThere.length : gap
  }

  /** The type and body of the next message, once it is whole. */
  next(): { readonly type: number; readonly body: Uint8Array } | undefined {
    const start = this.#taken + 4
    if (this.#joined < start) return undefined
    const word = be32(this.#bytes, this.#taken)
    const end = start + (word & 0xff_ffff)
    if (end > this.#most) refuse('tooLong', 0)
    if (this.#joined < end) return undefined
    this.#taken = end
    return { type: word >>> 24, body: view(this.#bytes, start, end) }
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return
    const length = Math.min(Math.max(size, 2 * this.#bytes.length), this.#most)
    const [bytes, isThere] = [new Uint8Array(length), new Uint8Array(length)]
    bytes.set(this.#bytes)
    isThere.set(this.#isThere)
    this.#bytes = bytes
    this.#isThere = isThere
  }
}
