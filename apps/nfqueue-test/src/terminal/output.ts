/**
 * A stream of this program for people and pipes. Nothing waits for its reader unless it asks to, and a failure is no exception: nothing
 * is written from then on.
 */
export class Output {
  readonly #stream: NodeJS.WriteStream
  #failure: NodeJS.ErrnoException | undefined
  /** One for each wait: each looks whether its own is over. The stream has one listener, however many wait. */
  readonly #waits = new Set<() => void>()

  /** `onFailure` is told once: that the disk is full, or that the reader is gone (`EPIPE`). */
  constructor(stream: NodeJS.WriteStream, onFailure: (error: NodeJS.ErrnoException) => void = () => {}) {
    this.#stream = stream
    unblock(stream)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#failure !== undefined) return
      this.#failure = error
      this.#look()
      onFailure(error)
    })
    stream.on('drain', () => this.#look())
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  get columns(): number {
    return this.#stream.columns || 80
  }

  get rows(): number {
    return this.#stream.rows || 24
  }

  /** Be told when the terminal has another size. Returns what ends it. */
  onResize(resized: () => void): () => void {
    this.#stream.on('resize', resized)
    return () => this.#stream.off('resize', resized)
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Characters that wait for the reader. */
  get waiting(): number {
    return this.#stream.writableLength
  }

  /** Whether the reader is slower than what is written. */
  get isFull(): boolean {
    return this.#stream.writableNeedDrain && !this.hasFailed
  }

  write(text: string): void {
    if (!this.hasFailed && text !== '') this.#stream.write(text)
  }

  /** Resolves when more can be written, when nothing can any more, or when `signal` aborts. */
  async drained(signal?: AbortSignal): Promise<void> {
    if (this.isFull) await this.#until(() => !this.isFull, signal)
  }

  /** Resolves when the reader has taken all, when nothing can be written any more, or when `signal` aborts. */
  async flushed(signal?: AbortSignal): Promise<void> {
    if (this.hasFailed) return
    let isTaken = false
    this.#stream.write('', () => {
      isTaken = true
      this.#look()
    })
    await this.#until(() => isTaken, signal)
  }

  async #until(isOver: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!isOver() && !this.hasFailed && !signal?.aborted) return
        this.#waits.delete(look)
        signal?.removeEventListener('abort', look)
        resolve()
      }
      this.#waits.add(look)
      signal?.addEventListener('abort', look)
      look()
    })
  }

  #look(): void {
    for (const look of this.#waits) look()
  }
}

/** Node has terminals block the thread: with Ctrl-S nothing would be judged, and no signal heard. */
function unblock(stream: NodeJS.WriteStream): void {
  if (!stream.isTTY) return
  const { _handle: handle } = stream as { _handle?: { setBlocking?(blocking: boolean): number } }
  handle?.setBlocking?.(false)
}
