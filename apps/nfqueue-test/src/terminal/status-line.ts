import { cut } from '../text/width.ts'
import type { Output } from './output.ts'
import { stderr } from './stderr.ts'

/** One line at the bottom of a terminal that is written over and over: counters, progress. Nothing where there is no terminal. */
export class StatusLine {
  readonly #output: Output
  #shown = false

  constructor(output: Output) {
    this.#output = output
  }

  get isVisible(): boolean {
    return this.#output.isTerminal
  }

  show(text: string): void {
    if (!this.isVisible || this.#output.waiting > 0) return
    this.#output.write(`\r${cut(text, this.#output.columns - 1)}\x1b[K`)
    this.#shown = true
  }

  /** Make room for something that stays. */
  clear(): void {
    if (this.#shown) this.#output.write('\r\x1b[K')
    this.#shown = false
  }
}

/** The program's own. */
export const statusLine = new StatusLine(stderr)
