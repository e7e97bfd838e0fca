const nothing = new Uint8Array(0)

/** Bytes of a stream in their order, taken from the front. */
export class ByteQueue {
  #bytes: Uint8Array = nothing
  #start = 0
  #end = 0
  #isOwn = false
  #offset = 0

  /** How many bytes wait. */
  get length(): number {
    return this.#end - this.#start
  }

  /** All that wait: a view, readable until more bytes are added. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /** Where in the stream the first waiting byte stands. */
  get offset(): number {
    return this.#offset
  }

  /** Add bytes at the end. Bytes that nothing waits in front of are borrowed, not copied, until `own` is called. */
  append(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.#bytes = chunk
      this.#start = 0
      this.#end = chunk.length
      this.#isOwn = false
      return
    }
    this.#reserve(chunk.length)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** Copy what waits and was borrowed, so that the chunk it came in can be reused. */
  own(): void {
    if (this.length === 0) this.#bytes = nothing
    else if (!this.#isOwn) this.#reserve(0)
  }

  /** The byte at a place behind the front. The caller has compared the length before. */
  at(place: number): number {
    return this.#bytes[this.#start + place]!
  }

  /** The first place of a byte, from `from` on; -1 when it does not wait. */
  indexOf(byte: number, from: number): number {
    const found = this.#bytes.indexOf(byte, this.#start + from)
    return found < 0 || found >= this.#end ? -1 : found - this.#start
  }

  /** The first `size` bytes, or as many as wait: a view, readable until more bytes are added. */
  take(size: number): Uint8Array {
    const from = this.#start
    this.drop(size)
    return this.#bytes.subarray(from, this.#start)
  }

  /** Pass over the first `size` bytes, or as many as wait. */
  drop(size: number): void {
    const count = Math.min(size, this.length)
    this.#start += count
    this.#offset += count
  }

  /** Make room for `more` bytes, in memory of one's own. */
  #reserve(more: number): void {
    if (this.#isOwn && this.#end + more <= this.#bytes.length) return
    const size = this.length
    const isRoomy = this.#isOwn && 2 * (size + more) <= this.#bytes.length
    const into = isRoomy ? this.#bytes : new Uint8Array(Math.max(size + more, this.#isOwn ? 2 * size : 0))
    into.set(this.bytes)
    this.#bytes = into
    this.#start = 0
    this.#end = size
    this.#isOwn = true
  }
}
