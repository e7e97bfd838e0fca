import fc from 'fast-check'
import { ReadError } from '../src/reader/error.ts'
import type { Reader } from '../src/reader/reader.ts'

/** Everything a reader says of a stream, told apart from how it was cut. */
export interface Outcome {
  readonly results: readonly object[]
  readonly problem: string | undefined
  readonly offset: number | undefined
  readonly done: boolean
}

/** Bytes cut at these places. */
export function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end))
}

/** Feed a reader the bytes in pieces, each in memory that is reused at once. Fails on any error that is not documented. */
export function outcome<T extends object>(reader: Reader<T>, bytes: Uint8Array, cuts: readonly number[] = []): Outcome {
  const results: T[] = []
  let failure: ReadError | undefined
  for (const piece of [...pieces(bytes, cuts), new Uint8Array(0)]) {
    const chunk = piece.slice()
    try {
      results.push(...reader.push(chunk))
    } catch (error) {
      if (!(error instanceof ReadError)) throw error
      failure ??= error
    }
    chunk.fill(0xdd)
  }
  return { results, problem: failure?.problem, offset: failure?.offset, done: reader.done }
}

/** Places to cut a stream at. */
export const cuts = fc.array(fc.nat(100_000), { maxLength: 12 })

/** Every byte on its own. */
export const everywhere = (bytes: Uint8Array): number[] => Array.from(bytes, (_, at) => at)

/** Bytes one after another. */
export function joined(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** The bytes, some of which are others. */
export const damaged = (bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.tuple(bytes, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })).map(([whole, changes]) => {
    const out = whole.slice()
    for (const [at, byte] of changes) if (out.length > 0) out[at % out.length] = byte
    return out
  })
