/** Waits for our code to do something, and not for ever. One waits at a time. */
export class Patience {
  readonly #milliseconds: number
  #resolve: ((changed: boolean) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  /** Our code did something. */
  wake(): void {
    this.#settle(true)
  }

  /** Resolves to true when our code does something, to false when it does nothing for a while. */
  change(): Promise<boolean> {
    // One timer for the whole replay: a new one for each packet is most of what a replay costs.
    if (this.#timer) this.#timer.refresh()
    else if (Number.isFinite(this.#milliseconds))
      this.#timer = setTimeout(() => this.#settle(false), this.#milliseconds)
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** No caller will wait any more. */
  end(): void {
    clearTimeout(this.#timer)
  }

  #settle(changed: boolean): void {
    const resolve = this.#resolve
    this.#resolve = undefined
    resolve?.(changed)
  }
}
