import { StreamError, type StreamErrorReason } from './error.ts'

/** Bytes that are not there, among those that wait for a reader. */
interface Missing {
  readonly reason: StreamErrorReason
  readonly from: number
  to: number
}

/** What waits for the reader of a stream: bytes, and where some are missing. */
export class Backlog {
  readonly #items: (Uint8Array | Missing)[] = []
  #bytes = 0

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** A copy of bytes that follow. */
  add(data: Uint8Array): void {
    this.#items.push(data.slice())
    this.#bytes += data.length
  }

  /** Bytes that follow are missing. */
  miss(from: number, to: number, reason: StreamErrorReason): void {
    const last = this.#items.at(-1)
    if (last !== undefined && !(last instanceof Uint8Array) && last.reason === reason) last.to = to
    else this.#items.push({ reason, from, to })
  }

  /** Take what comes first; `undefined` when nothing waits. Throws `StreamError` where bytes are missing, which it then passes over. */
  take(): Uint8Array | undefined {
    const next = this.#items.shift()
    if (next === undefined) return undefined
    if (!(next instanceof Uint8Array)) throw new StreamError(next.reason, next.from, next.to)
    this.#bytes -= next.length
    return next
  }

  /** The first bytes up to a number of them, and why there are no more: enough, none yet, or some are missing. */
  front(count: number): { readonly bytes: Uint8Array; readonly missing: StreamError | undefined } {
    const chunks: Uint8Array[] = []
    let size = 0
    let missing: StreamError | undefined
    for (const next of this.#items) {
      if (size >= count) break
      if (!(next instanceof Uint8Array)) {
        missing = new StreamError(next.reason, next.from, next.to)
        break
      }
      chunks.push(next.subarray(0, count - size))
      size += chunks.at(-1)!.length
    }
    return { bytes: joined(chunks, size), missing }
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const out = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}
