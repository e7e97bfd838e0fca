import type { Input } from './format/input.ts'
import type { CaptureRecord } from './format/record.ts'
import type { RecordReader } from './format/record-reader.ts'

type Result = IteratorResult<CaptureRecord, undefined>

const end: Result = { done: true, value: undefined }

/** What a loop over a capture reads from. */
export interface LoopSource {
  /** Called when the first record is asked for. */
  open(): { readonly input: Input; readonly reader: RecordReader }
  /** The capture ends early, for this reason. Throws it where the loop does. */
  failed(error: unknown): void
}

/**
 * One loop over a capture: it waits only where bytes have to be read. Calls take their turn: one that comes while another waits follows it, as
 * in an async generator, which would cost several promises for each record.
 */
export class Loop implements AsyncIterableIterator<CaptureRecord, undefined, undefined> {
  readonly #source: LoopSource
  #opened: ReturnType<LoopSource['open']> | undefined
  #ended = false
  /** The last call, while it is waited for, and how many are. */
  #waiting: Promise<Result> | undefined
  #calls = 0

  constructor(source: LoopSource) {
    this.#source = source
  }

  next(): Promise<Result> {
    if (this.#waiting !== undefined) return this.#afterwards(() => this.#go(true))
    const result = this.#go(true)
    return result instanceof Promise ? this.#wait(result) : Promise.resolve(result)
  }

  /** End the loop, and close what it reads from. */
  return(): Promise<Result> {
    return this.#waiting === undefined ? this.#wait(this.#close()) : this.#afterwards(() => this.#close())
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #afterwards(call: () => Result | Promise<Result>): Promise<Result> {
    return this.#wait(this.#waiting!.then(call, call))
  }

  #wait(result: Promise<Result>): Promise<Result> {
    this.#calls++
    this.#waiting = this.#settled(result)
    return this.#waiting
  }

  async #settled(result: Promise<Result>): Promise<Result> {
    try {
      return await result
    } finally {
      if (--this.#calls === 0) this.#waiting = undefined
    }
  }

  /** Read on, where the capture has what was asked for. */
  #go(has: boolean): Result | Promise<Result> {
    if (this.#ended) return end
    try {
      this.#opened ??= this.#source.open()
      this.#opened.input.throwIfAborted()
      const { done, value } = this.#opened.reader.next(has)
      if (done) return this.#close()
      return typeof value === 'number' ? this.#fill(this.#opened.input, value) : { done: false, value }
    } catch (error) {
      return this.#fail(error)
    }
  }

  async #fill(input: Input, size: number): Promise<Result> {
    let has: boolean
    try {
      has = await input.fill(size)
    } catch (error) {
      return this.#fail(error)
    }
    return this.#go(has)
  }

  async #fail(error: unknown): Promise<Result> {
    try {
      this.#source.failed(error)
      return end
    } finally {
      await this.#close()
    }
  }

  async #close(): Promise<Result> {
    if (!this.#ended) {
      this.#ended = true
      await this.#opened?.input.close()
    }
    return end
  }
}
