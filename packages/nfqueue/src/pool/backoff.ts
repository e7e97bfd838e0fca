/** The first replacement starts at once, the next ones after twice as long each time. */
const firstPauseMilliseconds = 100
const longestPauseMilliseconds = 10_000
/** A worker that has lived so long begins with a clean sheet. */
const settledMilliseconds = 60_000

/** How long to wait before a worker is replaced. */
export class Backoff {
  #deaths = 0

  /** The pause after a worker that had its queues open for `livedMilliseconds`. */
  pauseAfter(livedMilliseconds: number): number {
    if (livedMilliseconds >= settledMilliseconds) this.#deaths = 0
    const pause = this.#deaths === 0 ? 0 : firstPauseMilliseconds * 2 ** (this.#deaths - 1)
    this.#deaths++
    return Math.min(pause, longestPauseMilliseconds)
  }
}
