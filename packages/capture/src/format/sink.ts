/** Where a capture is written to. */
export interface CaptureSink {
  /** Takes all of `bytes` before it returns; they are overwritten afterwards. */
  write(bytes: Uint8Array): void
  /** No more bytes follow. Closing twice is fine. */
  close(): void
}

/** A capture in memory. */
export class MemorySink implements CaptureSink {
  #bytes = new Uint8Array(1024)
  #length = 0

  write(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(2 * length)
      grown.set(this.bytes)
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }

  close(): void {}

  /** All that was written. A view, until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}

/** Gathers small writes. */
export class BufferedSink implements CaptureSink {
  readonly #sink: CaptureSink
  readonly #buffer: Uint8Array
  #length = 0

  constructor(sink: CaptureSink, size = 64 * 1024) {
    this.#sink = sink
    this.#buffer = new Uint8Array(size)
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.#buffer.length - this.#length) this.flush()
    if (bytes.length > this.#buffer.length) {
      this.#sink.write(bytes)
      return
    }
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Hand on what has gathered. */
  flush(): void {
    if (this.#length > 0) this.#sink.write(this.#buffer.subarray(0, this.#length))
    this.#length = 0
  }

  close(): void {
    this.flush()
    this.#sink.close()
  }
}
