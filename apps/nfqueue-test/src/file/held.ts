import { type CaptureSink, MemorySink } from '@nfkit/capture'
import { FileSink } from '@nfkit/capture/file'
import { exitCode } from '../exit-code.ts'
import { UserError } from '../terminal/failure.ts'
import { note } from '../terminal/note.ts'

/**
 * A file for a capture, which is no reason to stop judging. It replaces nothing before it is opened: what is written until then waits in
 * memory. A file that cannot be written any more is told once, and is the exit code.
 */
export class HeldFile implements CaptureSink {
  readonly #path: string
  #sink: CaptureSink | undefined
  #waiting: MemorySink | undefined = new MemorySink()

  constructor(path: string) {
    this.#path = path
  }

  /** Everything else is ready: make the file. Throws `UserError`. */
  open(): void {
    const waiting = this.#waiting?.bytes ?? new Uint8Array(0)
    this.#waiting = undefined
    try {
      this.#sink = new FileSink(this.#path)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'ENXIO') throw new UserError(`nobody reads ${this.#path}: start its reader first`)
      throw new UserError(`${this.#path} cannot be written (${message}): name another file`)
    }
    this.write(waiting)
  }

  write(bytes: Uint8Array): void {
    if (this.#waiting) this.#waiting.write(bytes)
    else this.#attempt((sink) => sink.write(bytes))
  }

  close(): void {
    this.#attempt((sink) => sink.close())
  }

  #attempt(act: (sink: CaptureSink) => void): void {
    if (this.#sink === undefined) return
    try {
      act(this.#sink)
    } catch (error) {
      this.#sink = undefined
      note(`${this.#path} cannot be written any more, and is incomplete: ${(error as Error).message}`)
      process.exitCode = exitCode.failed
    }
  }
}
