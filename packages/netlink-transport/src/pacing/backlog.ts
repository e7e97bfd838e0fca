/** Where a backlog's items come from, as far as it can be made to wait. */
export interface BacklogSource {
  /** Let no more items come until `resume`. */
  pause(): void
  /** Go on after `pause`. */
  resume(): void
}

/** Items on their way to a consumer that may be slow: while too many wait, their source is paused. */
export class Backlog<T> {
  readonly #source: BacklogSource
  readonly #highWater: number
  #items: T[] = []
  #paused = false
  #ended = false
  #failure: { readonly error: unknown } | undefined
  #arrived: (() => void) | undefined
  #taken: (() => void)[] = []

  constructor(highWater: number, source: BacklogSource) {
    this.#highWater = highWater
    this.#source = source
  }

  /** One more item. */
  push(item: T): void {
    this.#items.push(item)
    this.#arrived?.()
  }

  /** To be called after a burst of items: pauses the source when too many wait. */
  hold(): void {
    if (this.#items.length <= this.#highWater || this.#paused || this.#ended) return
    this.#paused = true
    this.#source.pause()
  }

  /** Resolves when no more items wait than should: at once, or when they are taken, or at the end. */
  room(): Promise<void> {
    if (this.#items.length <= this.#highWater || this.#ended) return Promise.resolve()
    return new Promise((resolve) => this.#taken.push(resolve))
  }

  /** No more items will come. Those that wait are still taken, then the failure if there is one. */
  end(failure?: { readonly error: unknown }): void {
    if (this.#ended) return
    this.#ended = true
    this.#failure = failure
    this.#arrived?.()
    this.#release()
  }

  /**
   * The items that wait, all at once, again and again. `left` is called when the consumer goes, or the end is reached.
   * Throws the failure that `end` was given.
   */
  async *batches(left: () => void): AsyncGenerator<readonly T[], void, undefined> {
    try {
      for (;;) {
        const batch = this.#items
        if (batch.length > 0) {
          this.#items = []
          this.#release()
          yield batch
        } else if (this.#failure) throw this.#failure.error
        else if (this.#ended) return
        else await this.#arrival()
      }
    } finally {
      left()
    }
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = () => {
        this.#arrived = undefined
        resolve()
      }
    })
  }

  #release(): void {
    if (this.#paused && !this.#ended) {
      this.#paused = false
      this.#source.resume()
    }
    for (const resolve of this.#taken.splice(0)) resolve()
  }
}
