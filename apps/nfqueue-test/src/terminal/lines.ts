import { counted } from '../text/count.ts'
import { note } from './note.ts'
import type { Output } from './output.ts'

/** Characters that may wait for the reader of what is live, at most. */
const mostWaiting = 1024 * 1024

/** What is done when the reader is slower than lines come: `leave out` those about live things, or have those of a file `wait`. */
export type SlowReader = 'leave out' | { wait(full: boolean): void }

type About = 'packet' | 'change' | 'event' | 'connection'

/** Lines about packets, connections, changes or events, collected and written together. No reader is waited for here. */
export class Lines {
  readonly #output: Output
  readonly #about: About
  readonly #slowReader: SlowReader
  #text = ''
  #scheduled = false
  #leftOut = 0
  #waits = false

  constructor(output: Output, about: About, slowReader: SlowReader) {
    this.#output = output
    this.#about = about
    this.#slowReader = slowReader
  }

  write(text: string): void {
    if (this.#slowReader === 'leave out' && this.#output.waiting + this.#text.length > mostWaiting) {
      this.#leftOut++
      return
    }
    this.#text += text
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  flush(): void {
    this.#scheduled = false
    this.#tellLeftOut()
    this.#output.write(this.#text)
    this.#text = ''
    if (this.#slowReader !== 'leave out' && this.#output.isFull) void this.#wait(this.#slowReader)
  }

  #tellLeftOut(): void {
    if (this.#leftOut > 0) note(`${counted(this.#leftOut, this.#about)} left out of the output: its reader is too slow`)
    this.#leftOut = 0
  }

  async #wait({ wait }: Exclude<SlowReader, 'leave out'>): Promise<void> {
    if (this.#waits) return
    this.#waits = true
    wait(true)
    await this.#output.drained()
    this.#waits = false
    wait(false)
  }
}
