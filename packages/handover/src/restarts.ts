import type { Verdict } from '@nfkit/nfqueue'

/** Crashes that follow each other sooner than this are one row. */
const rowMilliseconds = 10_000
/** The first restart comes at once; then the pause doubles, up to the longest. */
const firstPause = 100
const longestPause = 10_000

/** How often workers have crashed, and what follows from it for the next. */
export class Restarts {
  readonly #absent: Verdict
  #row = 0
  #last = Number.NEGATIVE_INFINITY
  #attempts = 0

  constructor(absent: Verdict) {
    this.#absent = absent
  }

  /** A worker that was reading, or had begun to, has crashed. */
  crashed(): void {
    const now = performance.now()
    this.#row = now - this.#last < rowMilliseconds ? this.#row + 1 : 1
    this.#last = now
    this.#attempts = this.#row - 1
  }

  /** After how many milliseconds the next one is started. */
  pause(): number {
    const attempt = this.#attempts++
    return attempt === 0 ? 0 : Math.min(firstPause * 2 ** (attempt - 1), longestPause)
  }

  /** What becomes of packets that the last one has left: they come again, unless one that every worker dies of may be among them. */
  get orphans(): Verdict {
    return this.#row > 1 ? this.#absent : 'repeat'
  }
}
