/** Waits for our code to do something, and not for ever. */
export class Patience {
  readonly milliseconds: number
  readonly #waiting = new Set<() => void>()

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds
  }

  /** Our code did something. */
  wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves to true when our code does something, to false when it does nothing for a while. */
  change(milliseconds = this.milliseconds): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (changed: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve(changed)
      }
      const wake = () => done(true)
      const timer = setTimeout(() => done(false), milliseconds)
      this.#waiting.add(wake)
    })
  }
}
