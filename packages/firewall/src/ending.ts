/** Why signals abort: one for all of them, since to make one costs more than to judge. */
const over = new DOMException('no answer is needed any more', 'AbortError')

/** Comes to an end once. A signal is made of it where one is asked for: most judges ask for none. */
export class Ending {
  #isOver = false
  #controller: AbortController | undefined

  get isOver(): boolean {
    return this.#isOver
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#isOver) this.#controller.abort(over)
    }
    return this.#controller.signal
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#controller?.abort(over)
  }
}
