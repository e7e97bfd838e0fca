/** Walks batches, none of which is empty, item by item without a generator's cost for each. */
export class OneByOne<T> implements AsyncIterator<T, void, undefined> {
  readonly #batches: AsyncIterator<readonly T[], void, undefined>
  #batch: readonly T[] = []
  #next = 0
  /** The latest of the calls that wait for a batch: calls are answered in their order. */
  #last: Promise<IteratorResult<T, void>> | undefined

  constructor(batches: AsyncIterator<readonly T[], void, undefined>) {
    this.#batches = batches
  }

  /** The next item, or the end. Rejects with what the batches throw. */
  next(): Promise<IteratorResult<T, void>> {
    if (this.#last === undefined && this.#next < this.#batch.length)
      return Promise.resolve({ done: false, value: this.#batch[this.#next++]! })
    const take = () => this.#take()
    const turn = this.#last === undefined ? take() : this.#last.then(take, take)
    this.#last = turn
    const settle = () => {
      if (this.#last === turn) this.#last = undefined
    }
    turn.then(settle, settle)
    return turn
  }

  /** The consumer goes: items it has not taken are dropped. Rejects with what the batches throw. */
  async return(): Promise<IteratorResult<T, void>> {
    this.#batch = []
    this.#next = 0
    await this.#batches.return?.()
    return { done: true, value: undefined }
  }

  async #take(): Promise<IteratorResult<T, void>> {
    if (this.#next === this.#batch.length) {
      const { done, value } = await this.#batches.next()
      this.#next = 0
      this.#batch = done ? [] : value
      if (done) return { done: true, value: undefined }
    }
    return { done: false, value: this.#batch[this.#next++]! }
  }
}
