import { align, attrLimit, nestedBit, putU16 } from '../wire/bytes.ts'
import { EncodeError } from '../wire/errors.ts'

/** A growing run of bytes. Padding and the lengths of nests are its business, not its callers'. */
export class Writer {
  #bytes: Uint8Array
  #length = 0

  constructor(size = 256) {
    this.#bytes = new Uint8Array(size)
  }

  get length(): number {
    return this.#length
  }

  /** Start over, keeping the memory. */
  clear(): void {
    if (this.#length > 0) this.#bytes.fill(0, 0, this.#length)
    this.#length = 0
  }

  /** Room for `n` more bytes, zeroed; returns where they start. */
  reserve(n: number): number {
    const at = this.#length
    if (at + n > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, at + n))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#length = at + n
    return at
  }

  /** The bytes so far. The view ends with the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** The memory that the bytes so far are at the front of, until more room is reserved: to make a view costs as much as to write an attribute. */
  get memory(): Uint8Array {
    return this.#bytes
  }

  /** The bytes so far, in memory of their own. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /**
   * One attribute with a payload of `n` zeroed bytes, padded; returns where the payload starts. Throws `EncodeError`, which names
   * `where`, when the payload is too long.
   */
  attr(id: number, n: number, where: string): number {
    if (n > attrLimit)
      throw new EncodeError(where, `${n} bytes do not fit into one attribute, which holds ${attrLimit}`)
    const at = this.reserve(align(4 + n))
    putU16(this.#bytes, at, 4 + n)
    putU16(this.#bytes, at + 2, id)
    return at + 4
  }

  /** Open a nest; give the result to `endNest`. */
  startNest(id: number): number {
    return this.attr(id | nestedBit, 0, 'nest') - 4
  }

  /** Close the nest that `startNest` opened. Throws `EncodeError`, which names `where`, when it is too long. */
  endNest(at: number, where: string): void {
    const length = this.#length - at
    if (length > attrLimit + 4) throw new EncodeError(where, `${length - 4} bytes do not fit into one attribute`)
    putU16(this.#bytes, at, length)
  }
}
