/** Trouble that lasts is told this often. */
const tellMilliseconds = 1_000

/** Trouble of one kind: told at once, and then at most once a second, however often it comes. */
export class Trouble {
  readonly #tell: (error: Error) => void
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(tell: (error: Error) => void) {
    this.#tell = tell
  }

  tell(error: Error): void {
    const now = performance.now()
    if (now - this.#toldAt < tellMilliseconds) return
    this.#toldAt = now
    this.#tell(error)
  }
}
