import { dataView } from '@nfkit/inet/bytes'
import { align, getU32, idIn, lengthIn, words } from './bytes.ts'
import { DecodeError } from './errors.ts'

/** The same function: V8 knows a constant of this module when it compiles a call, and looks up what is imported at each. */
const wordsOf = words

/**
 * The headers of a run of attributes: which there are, in which order, how long. Messages of one kind are mostly laid out alike, so
 * comparing headers with those of an earlier message takes the place of walking: where they are equal, so is every place.
 */
export class Layout {
  /** In turn a header's place, in words from the start of the run, and the header, as the word it is. */
  readonly #expected: Int32Array

  /**
   * Of the run `bytes[start, end)`, whose first impossible header is its last. `depths` says, by id, how many levels inside an attribute belong to the layout,
   * too; none unless listed.
   */
  constructor(bytes: Uint8Array, start: number, end: number, depths?: ReadonlyMap<number, number>) {
    const places: number[] = []
    collect(places, bytes, start, end, (id) => depths?.get(id) ?? 0)
    const data = dataView(bytes)
    this.#expected = Int32Array.from(places.flatMap((p) => [(p - start) >>> 2, getU32(data, p)]))
  }

  /** Whether these headers begin at `start`. The caller has seen to it that there are as many bytes as the run has. */
  isAt(bytes: Uint8Array, start: number): boolean {
    const aligned = wordsOf(bytes, start)
    return aligned === undefined ? this.#isUnaligned(bytes, start) : this.isIn(aligned, start >>> 2)
  }

  /** The same of `words`, from the one at `first` on. */
  isIn(words: Int32Array, first: number): boolean {
    const expected = this.#expected
    for (let i = 0; i < expected.length; i += 2) if (words[first + expected[i]!] !== expected[i + 1]) return false
    return true
  }

  #isUnaligned(bytes: Uint8Array, start: number): boolean {
    const data = dataView(bytes)
    const expected = this.#expected
    for (let i = 0; i < expected.length; i += 2)
      if ((getU32(data, start + 4 * expected[i]!) | 0) !== expected[i + 1]) return false
    return true
  }
}

function collect(places: number[], bytes: Uint8Array, start: number, end: number, depth: (id: number) => number): void {
  const data = dataView(bytes)
  for (let p = start; p + 4 <= end; ) {
    places.push(p)
    const header = getU32(data, p)
    const length = lengthIn(header)
    if (length < 4 || p + length > end) return
    const deeper = depth(idIn(header))
    if (deeper > 0) collect(places, bytes, p + 4, p + length, () => deeper - 1)
    p += align(length)
  }
}

/** Visit a run of attributes: id, place of the header and length of each. Throws `DecodeError` about `where` at an impossible length. */
export function walk(
  where: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (id: number, p: number, length: number) => void,
): void {
  const data = dataView(bytes)
  for (let p = start; p + 4 <= end; ) {
    const header = getU32(data, p)
    const length = lengthIn(header)
    if (length < 4 || p + length > end) throw new DecodeError(where, p, `length ${length} does not fit`)
    visit(idIn(header), p, length)
    p += align(length)
  }
}
