import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type CaptureSource, chunksOf, sourceName } from '../format/source.ts'

/** Bytes decompressed at once. */
const chunkBytes = 256 * 1024

/**
 * The same bytes, decompressed where they start with gzip's magic. Damaged ones are a `CaptureError` of the loop that reads them.
 *
 * @example
 * import { gzipSync } from 'node:zlib'
 * import { linktype, MemorySink, PcapWriter, readCapture } from '@nfkit/capture'
 * import { gunzipped } from '@nfkit/capture/file'
 *
 * const sink = new MemorySink()
 * new PcapWriter(sink, { linktype: linktype.raw }).close()
 * for await (const { bytes } of readCapture(gunzipped(gzipSync(sink.bytes)))) console.error(bytes.length)
 */
export function gunzipped(source: CaptureSource): CaptureSource {
  return { name: sourceName(source), [Symbol.asyncIterator]: () => plain(chunksOf(source)) }
}

/** Whether bytes start as gzip's do. */
export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b

async function* plain(parts: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    let head: Uint8Array = new Uint8Array(0)
    while (head.length < 2) {
      const part = await parts.next()
      if (part.done) break
      head = head.length === 0 ? part.value : Buffer.concat([head, part.value])
    }
    if (isGzip(head)) yield* decompressed(head, parts)
    else yield* chained(head, parts)
  } finally {
    await parts.return?.()
  }
}

async function* chained(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  for (let part = await rest.next(); !part.done; part = await rest.next()) yield part.value
}

async function* decompressed(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = Readable.from(chained(head, rest), { objectMode: false })
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  input.on('error', (error) => gunzip.destroy(error))
  try {
    yield* input.pipe(gunzip)
  } finally {
    input.destroy()
    gunzip.destroy()
  }
}
