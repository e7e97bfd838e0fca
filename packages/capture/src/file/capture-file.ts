import { constants, createReadStream, openSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import type { CaptureSource } from '../format/source.ts'
import { gunzipped } from './gunzipped.ts'

/** Bytes read from a file at once. */
const chunkBytes = 256 * 1024

/** Bun and Deno cannot poll a pipe that was opened by its path. There a thread waits for its writer, which does not keep the program from ending. */
const pollsPipes = !('bun' in process.versions || 'deno' in process.versions)

/**
 * The bytes of a capture file, compressed with gzip or not. It is opened by each loop anew, when the first record is asked for, and
 * closed when the loop is left. Waiting for a FIFO blocks no thread in Node.js. For a file that cannot be read the loop throws `CaptureError`, with
 * `problem: 'unreadable'`.
 *
 * @example
 * import { readCapture } from '@nfkit/capture'
 * import { captureFile } from '@nfkit/capture/file'
 *
 * for await (const { timestampNs, bytes } of readCapture(captureFile('session.pcapng'))) console.error(timestampNs, bytes.length)
 */
export function captureFile(path: string): CaptureSource {
  return gunzipped({
    name: path,
    [Symbol.asyncIterator]: () =>
      pollsPipes && isFifo(path)
        ? fifo(path)
        : createReadStream(path, { highWaterMark: chunkBytes })[Symbol.asyncIterator](),
  })
}

function isFifo(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false
}

/** A pipe is polled, not read in a thread that would wait for its writer, and keep the program from ending. */
async function* fifo(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const pipe = new Socket({ fd, readable: true, writable: false })
  try {
    yield* pipe
  } finally {
    pipe.destroy()
  }
}
