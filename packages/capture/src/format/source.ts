import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** A capture's bytes: a path, the bytes themselves, or a stream of them. Compressed with gzip or not. */
export type CaptureSource = string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Bytes read from a file at once. */
const chunkBytes = 256 * 1024

/** What to call a source in messages. */
export function sourceName(source: CaptureSource): string {
  return typeof source === 'string' ? source : 'capture'
}

/** The bytes of a source in chunks, decompressed when they start with gzip's magic. */
export async function* chunksOf(source: CaptureSource): AsyncGenerator<Uint8Array, void, undefined> {
  const parts = plain(source)[Symbol.asyncIterator]()
  try {
    let head: Uint8Array = new Uint8Array(0)
    while (head.length < 2) {
      const part = await parts.next()
      if (part.done) break
      head = head.length === 0 ? part.value : Buffer.concat([head, part.value])
    }
    if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzipped(head, parts)
    else yield* chained(head, parts)
  } finally {
    await parts.return?.()
  }
}

async function* plain(source: CaptureSource): AsyncGenerator<Uint8Array, void, undefined> {
  if (source instanceof Uint8Array) yield source
  else if (typeof source === 'string') yield* createReadStream(source, { highWaterMark: chunkBytes })
  else yield* source
}

async function* chained(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  for (let part = await rest.next(); !part.done; part = await rest.next()) yield part.value
}

async function* gunzipped(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
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
