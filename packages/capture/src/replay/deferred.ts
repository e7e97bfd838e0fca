/** A promise and the means to settle it. A rejection that no caller waits for is no error. */
export class Deferred<T> {
  readonly promise: Promise<T>
  #resolve: ((value: T) => void) | undefined
  #reject: ((error: unknown) => void) | undefined

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.promise.catch(() => {})
  }

  resolve(value: T): void {
    this.#resolve?.(value)
  }

  reject(error: unknown): void {
    this.#reject?.(error)
  }
}
