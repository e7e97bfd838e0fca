/** Walks batches, none of which is empty, item by item without a generator's cost for each. */
export class OneByOne<T> implements AsyncIterator<T, void, undefined> {
  readonly #batches: AsyncIterator<readonly T[], void, undefined>
  #batch: readonly T[] = []
  #next = 0

  constructor(batches: AsyncIterator<readonly T[], void, undefined>) {
    this.#batches = batches
  }

  next(): Promise<IteratorResult<T, void>> {
    if (this.#next === this.#batch.length) return this.#refill()
    return Promise.resolve({ done: false, value: this.#batch[this.#next++]! })
  }

  async return(): Promise<IteratorResult<T, void>> {
    await this.#batches.return?.()
    return { done: true, value: undefined }
  }

  async #refill(): Promise<IteratorResult<T, void>> {
    const { done, value } = await this.#batches.next()
    if (done) return { done: true, value: undefined }
    this.#batch = value
    this.#next = 1
    return { done: false, value: value[0]! }
  }
}
