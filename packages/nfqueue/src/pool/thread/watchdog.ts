/** Pings in a row that a worker must leave unanswered to count as stuck: one can be late because this thread was busy. */
const pings = 3

/** Finds out that a worker is stuck: it lives and answers nothing. */
export class Watchdog {
  readonly #milliseconds: number
  readonly #ping: () => void
  readonly #stuck: () => void
  #timer: NodeJS.Timeout | undefined
  #unanswered = 0

  /** `stuck` is called once, when nothing was heard for `milliseconds`; never when they are `Infinity`. */
  constructor(milliseconds: number, ping: () => void, stuck: () => void) {
    this.#milliseconds = milliseconds
    this.#ping = ping
    this.#stuck = stuck
  }

  start(): void {
    if (this.#milliseconds === Number.POSITIVE_INFINITY) return
    this.#timer = setInterval(() => this.#tick(), this.#milliseconds / (pings + 1)).unref()
  }

  /** The worker has said something. */
  heard(): void {
    this.#unanswered = 0
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    if (this.#unanswered < pings) {
      this.#unanswered++
      this.#ping()
      return
    }
    this.stop()
    this.#stuck()
  }
}
