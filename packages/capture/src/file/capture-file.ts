import { createReadStream } from 'node:fs'
import type { CaptureSource } from '../format/source.ts'
import { gunzipped } from './gunzipped.ts'

/** Bytes read from a file at once. */
const chunkBytes = 256 * 1024

/**
 * The bytes of a capture file, compressed with gzip or not. It is opened by each loop anew, when the first record is asked for, and
 * closed when the loop is left; a file that cannot be read is a `CaptureError` then, with `problem: 'unreadable'`.
 *
 * @example
 * for await (const { timestampNs, bytes } of readCapture(captureFile('session.pcapng.gz'))) console.log(timestampNs, bytes.length)
 */
export function captureFile(path: string): CaptureSource {
  return gunzipped({
    name: path,
    [Symbol.asyncIterator]: () => createReadStream(path, { highWaterMark: chunkBytes })[Symbol.asyncIterator](),
  })
}
