const chunkSize = 0x8000

/** Pieces of zeroed memory cut from larger ones: one allocation each would take most of the time a packet takes. */
export class BumpAllocator {
  #chunk = new ArrayBuffer(0)
  #end = 0

  take(length: number): Uint8Array {
    if (length > chunkSize / 4) return new Uint8Array(length)
    if (this.#end + length > this.#chunk.byteLength) {
      this.#chunk = new ArrayBuffer(chunkSize)
      this.#end = 0
    }
    const piece = new Uint8Array(this.#chunk, this.#end, length)
    this.#end = align(this.#end + length)
    return piece
  }

  copy(bytes: Uint8Array): Uint8Array {
    const piece = this.take(bytes.length)
    piece.set(bytes)
    return piece
  }

  /** The first `length` bytes of a piece that was just taken. The rest, which is still unwritten, is the next one's. */
  shrink(piece: Uint8Array, length: number): Uint8Array {
    if (piece.buffer === this.#chunk) this.#end = align(piece.byteOffset + length)
    return new Uint8Array(piece.buffer, piece.byteOffset, length)
  }
}

const align = (at: number): number => (at + 7) & ~7
