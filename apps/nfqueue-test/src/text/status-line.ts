/** One line at the bottom of a terminal that is written over and over: counters, progress. Nothing where there is no terminal. */
export class StatusLine {
  readonly #stream: NodeJS.WriteStream
  #shown = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  get isVisible(): boolean {
    return this.#stream.isTTY === true
  }

  show(text: string): void {
    if (!this.isVisible) return
    this.#stream.write(`\r${text.slice(0, (this.#stream.columns || 80) - 1)}\x1b[K`)
    this.#shown = true
  }

  /** Make room for something that stays. */
  clear(): void {
    if (this.#shown) this.#stream.write('\r\x1b[K')
    this.#shown = false
  }
}

/** The program's own. */
export const statusLine = new StatusLine(process.stderr)
