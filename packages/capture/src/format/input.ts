import type { ByteOrder } from './byte-order.ts'
import { CaptureError, type CaptureProblem } from './errors.ts'
import { type CaptureSource, chunksOf, sourceName } from './source.ts'

/** A capture's bytes, taken from the front: no more is held than the piece asked for and one chunk. Only a piece that two chunks share is copied. */
export class Input {
  readonly file: string
  /** Bytes taken so far. */
  offset = 0
  /** Records found in them so far. */
  records = 0
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #signal: AbortSignal | undefined
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  /** What comes behind them: the rest of a chunk whose beginning they have. */
  #behind: Uint8Array | undefined

  constructor(source: CaptureSource, signal?: AbortSignal) {
    this.file = sourceName(source)
    this.#chunks = chunksOf(source)
    this.#signal = signal
  }

  /** Bytes that can be taken without waiting. */
  get available(): number {
    return this.#bytes.length - this.#at
  }

  /** Wait until `size` bytes can be taken; false when the capture ends before. */
  async fill(size: number): Promise<boolean> {
    if (this.available >= size) return true
    const parts = [this.#bytes.subarray(this.#at)]
    let length = this.available
    while (length < size) {
      const part = this.#behind ?? (await this.#next())
      this.#behind = undefined
      if (part === undefined) break
      parts.push(part)
      length += part.length
    }
    this.#hold(parts, length, size)
    return length >= size
  }

  /** Have these parts next: the last of them, or as much of it as makes `size` bytes with those before it. */
  #hold(parts: readonly Uint8Array[], length: number, size: number): void {
    const last = parts[parts.length - 1]!
    this.#at = 0
    if (length === last.length) {
      this.#bytes = last
      return
    }
    const over = Math.max(0, length - size)
    this.#bytes = joined([...parts.slice(0, -1), last.subarray(0, last.length - over)], length - over)
    if (over > 0) this.#behind = last.subarray(last.length - over)
  }

  /** The next `size` bytes, which `fill` has waited for, left in place. A view. */
  peek(size: number): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#at + size)
  }

  /** 32 bits, so many bytes further on. */
  u32(order: ByteOrder, further: number): number {
    return order.u32(this.#bytes, this.#at + further)
  }

  /** The same, taken. */
  take(size: number): Uint8Array {
    const taken = this.peek(size)
    this.skip(size)
    return taken
  }

  skip(size: number): void {
    this.#at += size
    this.offset += size
  }

  /** The error for something wrong at `offset`. */
  error(problem: CaptureProblem, reason: string, offset = this.offset): CaptureError {
    return new CaptureError(problem, { file: this.file, offset }, reason)
  }

  /** Throws the reason of a signal that has aborted. */
  throwIfAborted(): void {
    this.#signal?.throwIfAborted()
  }

  /** Close what is read from. After an abort do not wait for that: a read under way, which comes first, may last for ever. */
  async close(): Promise<void> {
    const closed = this.#chunks.return?.()
    if (!this.#signal?.aborted) await closed
    else closed?.catch(() => {})
  }

  #next(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunk()
    return this.#signal ? untilAborted(chunk, this.#signal) : chunk
  }

  async #chunk(): Promise<Uint8Array | undefined> {
    try {
      const part = await this.#chunks.next()
      return part.done ? undefined : bare(part.value)
    } catch (error) {
      throw this.#unreadable(error)
    }
  }

  #unreadable(error: unknown): CaptureError {
    const place = { file: this.file, offset: this.offset }
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'Z_BUF_ERROR') {
      const reason = 'the compressed file ends too early: it was cut while it was written or copied; fetch it again'
      return new CaptureError('truncated', place, reason, error)
    }
    if (typeof code === 'string' && code.startsWith('Z_')) {
      return new CaptureError('corrupt', place, 'the compressed bytes are damaged: fetch the file again', error)
    }
    const said = error instanceof Error ? error.message : String(error)
    return new CaptureError(
      'unreadable',
      place,
      `it cannot be read (${said}): check the path and its permissions`,
      error,
    )
  }
}

/** The same, or a rejection with the signal's reason, whichever is first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    const settled = () => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(settled)
    // Whoever was asked for more may have aborted it.
    if (signal.aborted) abort()
  })
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Node's `Buffer` as the plain array its users expect: `slice` of the one is a view, of the other a copy. */
function bare(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
