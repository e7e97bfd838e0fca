/** Something that will happen when virtual time gets there. */
export interface Timer {
  readonly due: number
  readonly run: () => void
}

const nanosecondsPerMillisecond = 1_000_000

/** Virtual time: it stands still until it is advanced, so that tests of timeouts take no time and always end the same. */
export class Clock {
  /** Milliseconds since the kernel started. */
  uptime = 0
  readonly #start: bigint
  readonly #wall: (() => bigint) | undefined
  #timers: Timer[] = []

  /** `start` is what the wall clock shows when the kernel starts; `wall` replaces it altogether. Nanoseconds since 1970. */
  constructor(start: bigint, wall?: () => bigint) {
    this.#start = start
    this.#wall = wall
  }

  /** What the wall clock shows: nanoseconds since 1970. */
  get wall(): bigint {
    return this.#wall?.() ?? this.wallAt(this.uptime)
  }

  /** What it showed, or will show, at a moment of `uptime`. */
  wallAt(uptime: number): bigint {
    return this.#start + BigInt(Math.round(uptime * nanosecondsPerMillisecond))
  }

  /** Run something once, `milliseconds` from now; the result cancels it. */
  after(milliseconds: number, run: () => void): () => void {
    const timer = { due: this.uptime + milliseconds, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** When something falls due next, as `uptime` counts; `undefined` when nothing does. */
  get next(): number | undefined {
    return this.#next(Number.POSITIVE_INFINITY)?.due
  }

  /** Let time pass. What falls due on the way runs at its own moment, in order. Throws `RangeError` for less than 0. */
  advance(seconds: number): void {
    if (!(seconds >= 0)) throw new RangeError(`time cannot be advanced by ${seconds} seconds`)
    const until = this.uptime + seconds * 1000
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#timers.splice(this.#timers.indexOf(next), 1)
      this.uptime = Math.max(this.uptime, next.due)
      next.run()
    }
    this.uptime = until
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (timer.due <= until && (!first || timer.due < first.due)) first = timer
    return first
  }
}
