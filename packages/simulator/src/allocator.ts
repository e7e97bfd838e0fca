const chunkSize = 0x8000

/** Pieces of zeroed memory cut from larger ones: one allocation each would take most of the time a packet takes. */
export class BumpAllocator {
  #chunk: Uint8Array = new Uint8Array(0)
  #end = 0
  /** Where there is room: see `reserve`. */
  bytes = this.#chunk
  /** Where the room begins in `bytes`. */
  start = 0

  /** Have room for so many bytes: `bytes[start…]` may be written, and `cut` makes a piece of what was. */
  reserve(length: number): void {
    if (length > chunkSize / 4) {
      this.bytes = new Uint8Array(length)
      this.start = 0
      return
    }
    if (this.#end + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(chunkSize)
      this.#end = 0
    }
    this.bytes = this.#chunk
    this.start = this.#end
  }

  /** The first `length` bytes of what was reserved. The rest, which is still unwritten, is the next one's. */
  cut(length: number): Uint8Array {
    const { bytes, start } = this
    if (bytes === this.#chunk) this.#end = align(start + length)
    return bytes.subarray(start, start + length)
  }

  copy(bytes: Uint8Array): Uint8Array {
    this.reserve(bytes.length)
    const piece = this.cut(bytes.length)
    piece.set(bytes)
    return piece
  }
}

const align = (at: number): number => (at + 7) & ~7
