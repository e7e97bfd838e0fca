/** The smallest ring: most requests fit in. */
const smallest = 512

const none = new Uint8Array(0)

/** The bytes of a stream that were read and may come again, up to a limit: a ring that grows as far as it has to. */
export class History {
  readonly #limit: number
  readonly #charge: (bytes: number) => void
  #ring = none
  #start = 0
  #end = 0

  /** `charge` is told by how many bytes the ring grows. */
  constructor(limit: number, charge: (bytes: number) => void) {
    this.#limit = limit
    this.#charge = charge
  }

  /** Position of the first byte that is known. */
  get start(): number {
    return this.#start
  }

  /** Add the bytes that follow; beyond the limit the oldest are forgotten. */
  add(data: Uint8Array): void {
    const end = this.#end + data.length
    const kept = data.length > this.#limit ? data.subarray(data.length - this.#limit) : data
    this.#start = Math.max(this.#start, end - this.#limit)
    if (end - this.#start > this.#ring.length) this.#grow(end - this.#start)
    this.#put(end - kept.length, kept)
    this.#end = end
  }

  /** The bytes before `position` will not come again. */
  forget(position: number): void {
    this.#start = Math.min(Math.max(this.#start, position), this.#end)
  }

  /** Nothing is known up to `position`, where the bytes go on. */
  skip(position: number): void {
    this.#start = position
    this.#end = position
  }

  /** Nothing is known any more. */
  clear(): void {
    this.#charge(-this.#ring.length)
    this.#ring = none
    this.#start = this.#end
  }

  /** Visit what is known of `[start, end)`, in one or two runs, each with its position. */
  visit(start: number, end: number, visit: (position: number, known: Uint8Array) => void): void {
    const to = Math.min(end, this.#end)
    for (let at = Math.max(start, this.#start); at < to; ) {
      const offset = at % this.#ring.length
      const run = this.#ring.subarray(offset, Math.min(this.#ring.length, offset + to - at))
      visit(at, run)
      at += run.length
    }
  }

  #put(position: number, data: Uint8Array): void {
    const offset = position % this.#ring.length
    const fits = this.#ring.length - offset
    if (data.length <= fits) {
      this.#ring.set(data, offset)
    } else {
      this.#ring.set(data.subarray(0, fits), offset)
      this.#ring.set(data.subarray(fits), 0)
    }
  }

  #grow(needed: number): void {
    let size = Math.max(smallest, this.#ring.length)
    while (size < needed) size *= 2
    const runs: [number, Uint8Array][] = []
    this.visit(this.#start, this.#end, (position, run) => runs.push([position, run]))
    const before = this.#ring.length
    this.#ring = new Uint8Array(Math.min(size, this.#limit))
    for (const [position, run] of runs) this.#put(position, run)
    this.#charge(this.#ring.length - before)
  }
}
