/** Bytes from a position on, up to another. */
export type Range = readonly [from: number, to: number]

/** A selective acknowledgment has room for three blocks beside timestamps. */
const mostBlocks = 3

/** What a host has received: in order, and ahead of it. Bytes that came first are kept. */
export class Incoming {
  /** Position of the next byte it waits for; one more once the end was received. */
  next = 0
  /** Whether everything was received, and the end of it. */
  ended = false
  readonly #chunks: Uint8Array[] = []
  /** Pieces ahead, in order. */
  #ahead: { readonly at: number; readonly data: Uint8Array }[] = []
  #end: number | undefined
  /** Ranges to tell the sender of: the latest first. */
  #latest: Range[] = []

  /** All bytes in order. */
  get bytes(): Uint8Array {
    const out = new Uint8Array(this.#chunks.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const chunk of this.#chunks) {
      out.set(chunk, at)
      at += chunk.length
    }
    return out
  }

  /** Take data, and the end behind it. */
  take(at: number, data: Uint8Array, fin: boolean): void {
    if (this.ended) return
    if (fin) this.#end = at + data.length
    if (data.length > 0 && at + data.length <= this.next) this.#tell([at, at + data.length])
    else if (data.length > 0 && at > this.next) this.#wait(at, data)
    else if (data.length > 0) this.#read(data.subarray(this.next - at))
    if (this.next === this.#end) {
      this.ended = true
      this.next++
    }
  }

  /** What to acknowledge beyond `next`, or twice: the latest first. */
  blocks(): readonly Range[] {
    const told = this.#latest.slice(0, mostBlocks)
    // What was received twice is told once (RFC 2883).
    this.#latest = this.#latest.filter(([from]) => from > this.next)
    return told
  }

  #read(data: Uint8Array): void {
    this.#chunks.push(data.slice())
    this.next += data.length
    for (let piece = this.#ahead[0]; piece !== undefined && piece.at <= this.next; piece = this.#ahead[0]) {
      this.#ahead.shift()
      const fresh = piece.data.subarray(this.next - piece.at)
      if (fresh.length > 0) this.#chunks.push(fresh)
      this.next += fresh.length
    }
    this.#latest = this.#latest.filter(([, to]) => to > this.next)
  }

  #wait(at: number, data: Uint8Array): void {
    if (!this.#ahead.some((piece) => piece.at <= at && piece.at + piece.data.length >= at + data.length)) {
      this.#ahead.push({ at, data: data.slice() })
      this.#ahead.sort((a, b) => a.at - b.at)
    }
    let [from, to] = [at, at + data.length]
    for (const piece of this.#ahead) {
      const end = piece.at + piece.data.length
      if (piece.at <= to && end >= from) [from, to] = [Math.min(from, piece.at), Math.max(to, end)]
    }
    this.#tell([from, to])
  }

  #tell(range: Range): void {
    const others = this.#latest.filter(([from, to]) => to < range[0] || from > range[1])
    this.#latest = [range, ...others]
  }
}
