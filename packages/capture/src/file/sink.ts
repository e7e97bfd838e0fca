import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import type { CaptureSink } from '../format/sink.ts'

const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK, O_EXCL, O_NOFOLLOW } = constants

/** How long the reader of a FIFO may take nothing, and how long to wait between two tries. */
const patienceMilliseconds = 100
const pauseMilliseconds = 5

/** What a pipe takes whole or not at all (PIPE_BUF). Deno does not tell how much of more it took. */
const wholeBytes = 4096

/** How a `FileSink` makes its file. */
export interface FileSinkOptions {
  /** Only a file that is not there yet, by no link, which nobody but its owner may read or write. By default what is there is replaced. */
  readonly exclusive?: boolean | undefined
}

/**
 * A new file. It is written synchronously, so that nothing is lost when the program ends. Throws what `node:fs` throws; of a FIFO `ENXIO`
 * when no program reads it, and `EAGAIN` when its reader takes nothing for a tenth of a second.
 *
 * @example
 * import { record } from '@nfkit/capture'
 * import { FileSink } from '@nfkit/capture/file'
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 *
 * const queue = await openQueue(record(openMnl(), new FileSink('session.pcapng')), { number: 0 })
 * queue.run((packet) => packet.accept())
 */
export class FileSink implements CaptureSink {
  readonly #file: number
  /** Bytes written at once. */
  readonly #most: number

  constructor(path: string, { exclusive = false }: FileSinkOptions = {}) {
    this.#file = exclusive
      ? openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
      : openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, 0o666)
    this.#most = fstatSync(this.#file).isFIFO() ? wholeBytes : Number.POSITIVE_INFINITY
  }

  write(bytes: Uint8Array): void {
    let waited = 0
    for (let at = 0; at < bytes.length; ) {
      const written = this.#some(bytes, at, waited < patienceMilliseconds)
      waited = written > 0 ? 0 : waited + pauseMilliseconds
      at += written
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  /** As much as the reader takes; nothing after a pause, while that is allowed. */
  #some(bytes: Uint8Array, at: number, mayPause: boolean): number {
    try {
      return writeSync(this.#file, bytes, at, Math.min(bytes.length - at, this.#most))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || !mayPause) throw error
      Atomics.wait(pause, 0, 0, pauseMilliseconds)
      return 0
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))
