/** Lines for stdout, collected and written together; `full` tells when the reader is slower than we are. */
export class Output {
  #text = ''
  #scheduled = false
  readonly #stream: NodeJS.WritableStream
  readonly #onFull: (full: boolean) => void

  /** A reader that goes away (`| head`) ends the program as an interrupt does, through `onGone`. */
  constructor(stream: NodeJS.WritableStream, onFull: (full: boolean) => void, onGone: () => void) {
    this.#stream = stream
    this.#onFull = onFull
    stream.on('drain', () => onFull(false))
    stream.on('error', onGone)
  }

  write(text: string): void {
    this.#text += text
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  flush(): void {
    this.#scheduled = false
    const text = this.#text
    this.#text = ''
    if (text !== '' && !this.#stream.write(text)) this.#onFull(true)
  }
}
