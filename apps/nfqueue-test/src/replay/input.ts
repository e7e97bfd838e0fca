import { type CaptureRecord, captureKind, LookAhead, readCapture } from '@nfkit/capture'
import { captureFile, gunzipped } from '@nfkit/capture/file'
import { UserError } from '../terminal/failure.ts'
import { note } from '../terminal/note.ts'

interface InputOptions {
  /** Standard input, where its beginning has been read. */
  readonly bytes?: AsyncIterable<Uint8Array> | undefined
  readonly signal?: AbortSignal | undefined
}

/** A capture named on the command line; `-` is standard input. Each byte is read once, so that pipes will do. */
export class CaptureInput implements AsyncIterable<CaptureRecord> {
  /** Path of the file; nothing for standard input. */
  readonly path: string | undefined
  /** What to call it. */
  readonly name: string
  readonly #capture: ReturnType<typeof readCapture>
  readonly #records: LookAhead

  /** With a signal that aborts, reading throws its reason. Throws `UserError`. */
  constructor(file: string, { bytes, signal }: InputOptions = {}) {
    this.path = file === '-' ? undefined : file
    this.name = this.path ?? 'standard input'
    if (this.path === undefined && process.stdin.isTTY)
      throw new UserError('standard input is a terminal: name a capture, or pipe one in')
    const piped = { name: this.name, [Symbol.asyncIterator]: () => (bytes ?? process.stdin)[Symbol.asyncIterator]() }
    const source = this.path === undefined ? gunzipped(piped) : captureFile(this.path)
    this.#capture = readCapture(source, { onTruncated: 'end', signal })
    this.#records = new LookAhead(this.#capture)
  }

  /** What it is a capture of. Throws `CaptureError`. */
  kind(): Promise<'netlink' | 'packets' | 'empty'> {
    return captureKind(this.ahead())
  }

  /** The first records, which come again. */
  ahead(): AsyncIterable<CaptureRecord> {
    return this.#records.ahead()
  }

  [Symbol.asyncIterator](): AsyncIterator<CaptureRecord> {
    return this.#records[Symbol.asyncIterator]()
  }

  /** After the last record: tell that the capture was cut. Throws that when nothing of it could be used. */
  tellCut(hasUsed: boolean): void {
    const { truncated } = this.#capture
    if (truncated === undefined) return
    if (!hasUsed) throw truncated
    note(truncated.message)
  }

  /** Close the file. Do not wait for a read under way: there may be no writer. */
  [Symbol.dispose](): void {
    this.#records.close().catch(() => {})
  }
}
