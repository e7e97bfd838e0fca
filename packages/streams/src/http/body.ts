import type { ByteQueue } from '../reader/byte-queue.ts'
import { skip, take } from '../reader/reader.ts'
import { type HttpField, Lines, members, valuesOf } from './head.ts'
import { refuse } from './problem.ts'

/** How long a body is: a number of bytes, in chunks, or as the lines do not say. */
export type BodyLength = number | 'chunked' | undefined

/** What the header lines say of the body that follows (RFC 9112, 6). Throws a `ReadError` when they contradict each other. */
export function bodyLength(fields: readonly HttpField[], version: string, at: number): BodyLength {
  const lengths = valuesOf(fields, 'content-length')
  const codings = valuesOf(fields, 'transfer-encoding')
  if (codings.length > 0) {
    if (lengths.length > 0) refuse('framing', at)
    const names = members(codings.join(',').toLowerCase())
    if (version === '1.0' || names.indexOf('chunked') !== names.length - 1) refuse('transferEncoding', at)
    return 'chunked'
  }
  const [length, ...more] = lengths
  if (length === undefined) return undefined
  const size = Number(length)
  if (more.length > 0 || !/^\d+$/.test(length) || !Number.isSafeInteger(size)) refuse('contentLength', at)
  return size
}

/** Pass over a body and keep none of it. `most` bounds the lines between chunks, and the trailer. */
export function* skipBody(
  input: ByteQueue,
  length: number | 'chunked',
  most: number,
): Generator<undefined, void, void> {
  if (length !== 'chunked') return yield* skip(input, length)
  for (;;) {
    const { text, at } = yield* new Lines(input, most).next()
    const [, digits] = /^([\da-f]+)(?:;.*)?$/i.exec(text) ?? refuse('chunk', at)
    const size = Number.parseInt(digits!, 16)
    if (!Number.isSafeInteger(size)) refuse('chunk', at)
    if (size === 0) break
    yield* skip(input, size)
    const end = yield* take(input, 2)
    if (end[0] !== 13 || end[1] !== 10) refuse('chunk', input.offset - 2)
  }
  yield* new Lines(input, most).fields()
}

/** Pass over everything that comes. */
export function* skipAll(input: ByteQueue): Generator<undefined, never, void> {
  for (;;) {
    input.drop(input.length)
    yield
  }
}
