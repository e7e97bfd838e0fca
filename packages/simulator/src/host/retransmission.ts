/** Runs something later. */
export interface Timers {
  /** Run something once, `milliseconds` from now; the result cancels it. */
  after(milliseconds: number, run: () => void): () => void
}

/** The first wait, which doubles with each that was in vain, up to the longest (RFC 6298; tcp_retries2). */
const first = 200
const longest = 60_000
const tries = 15

/** The timer of a socket that waits for an acknowledgment. */
export class Retransmission {
  readonly #timers: Timers
  readonly #late: () => void
  readonly #giveUp: () => void
  #cancel: (() => void) | undefined
  #tries = 0

  constructor(timers: Timers, late: () => void, giveUp: () => void) {
    this.#timers = timers
    this.#late = late
    this.#giveUp = giveUp
  }

  /** Something was sent. */
  start(): void {
    this.#cancel ??= this.#timers.after(Math.min(first * 2 ** this.#tries, longest), () => this.#expired())
  }

  /** Something was acknowledged, and more is under way or not. */
  progress(more: boolean): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#tries = 0
    if (more) this.start()
  }

  #expired(): void {
    this.#cancel = undefined
    this.#tries++
    if (this.#tries > tries) {
      this.#giveUp()
      return
    }
    this.#late()
    this.start()
  }
}
