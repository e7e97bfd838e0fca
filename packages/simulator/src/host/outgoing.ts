import type { Range } from './incoming.ts'

/** Bytes that may be under way at once. */
const mostUnderWay = 131_072

/** Copies of an acknowledgment that tell of a loss (RFC 5681). */
const copiesOfLoss = 3

/** What a host sends: kept until it was acknowledged, and sent again where it was not. */
export class Outgoing {
  /** Position up to which everything was acknowledged. */
  acknowledged = 0
  /** Position of the next byte to send. */
  next = 0
  /** Bytes the receiver takes beyond `acknowledged`. */
  window = 0xffff
  /** All that was written. */
  #total = 0
  #kept = new Uint8Array(0)
  #ended = false
  #copies = 0
  /** What the receiver has beyond `acknowledged`. */
  #selective: Range[] = []
  readonly #size: number
  readonly #send: (at: number, data: Uint8Array, fin: boolean) => void

  /** `size` is how much one packet takes. */
  constructor(size: number, send: (at: number, data: Uint8Array, fin: boolean) => void) {
    this.#size = size
    this.#send = send
  }

  /** Whether something waits for its acknowledgment. */
  get isWaiting(): boolean {
    return this.acknowledged < this.#last
  }

  /** Whether everything was acknowledged, and the end. */
  get isDone(): boolean {
    return this.#ended && !this.isWaiting
  }

  write(bytes: Uint8Array): void {
    if (this.#ended) throw new Error('this end has said all')
    const kept = new Uint8Array(this.#kept.length + bytes.length)
    kept.set(this.#kept)
    kept.set(bytes, this.#kept.length)
    this.#kept = kept
    this.#total += bytes.length
  }

  end(): void {
    this.#ended = true
  }

  /** Send what fits in the window. */
  flush(): void {
    const limit = this.acknowledged + Math.min(this.window, mostUnderWay)
    while (this.next < this.#total && this.next < limit) {
      const received = this.#selective.find(([from, to]) => from <= this.next && this.next < to)
      if (received === undefined) this.#sendFrom(this.next, limit)
      else this.next = received[1]
    }
    if (this.#ended && this.next === this.#total) this.#sendFrom(this.next, limit)
  }

  /** The receiver has everything before a position, and ranges beyond. */
  acknowledge(position: number, window: number, ranges: readonly Range[], bare: boolean): void {
    if (position > this.#last || position < this.acknowledged) return
    this.window = window
    for (const range of ranges) if (range[0] > position && range[1] <= this.#total) this.#selective.push(range)
    if (position > this.acknowledged) {
      this.#kept = this.#kept.subarray(Math.min(position, this.#total) - this.acknowledged)
      this.acknowledged = position
      this.next = Math.max(this.next, position)
      this.#copies = 0
    } else if (bare && this.isWaiting) {
      this.#copies++
      if (this.#copies === copiesOfLoss) this.#sendFrom(position, position + this.#size)
    }
    this.#selective = this.#selective.filter(([, to]) => to > position)
  }

  /** Nothing was acknowledged for too long: send all of it again that was not. */
  resend(): void {
    this.next = this.acknowledged
    this.flush()
    // A closed window is asked after with one byte.
    if (this.next === this.acknowledged && this.next < this.#total) this.#sendFrom(this.next, this.next + 1)
  }

  /** Position behind the last byte, and the end. */
  get #last(): number {
    return this.#total + (this.#ended ? 1 : 0)
  }

  #sendFrom(at: number, limit: number): void {
    const until = this.#selective.reduce((least, [from]) => (from > at ? Math.min(least, from) : least), limit)
    const to = Math.min(this.#total, at + this.#size, Math.max(until, at))
    const fin = this.#ended && to === this.#total
    this.#send(at, this.#kept.subarray(at - this.acknowledged, to - this.acknowledged), fin)
    this.next = Math.max(this.next, to + (fin ? 1 : 0))
  }
}
