import type { ByteQueue } from '../reader/byte-queue.ts'
import { latin1 } from '../reader/text.ts'
import { refuse } from './problem.ts'

/** One header line. */
export interface HttpField {
  /** In lower case. */
  readonly name: string
  /** Without the white space around it; a character for each byte. */
  readonly value: string
  /** Where the value begins in the stream. */
  readonly start: number
  /** Where the value ends in the stream. */
  readonly end: number
}

/** A start line with the header lines below it, and where they stand in the stream. */
export interface HttpHead {
  /** Header lines, in their order. */
  readonly fields: readonly HttpField[]
  /** Where the start line begins in the stream. */
  readonly start: number
  /** Where the body begins in the stream: behind the empty line. */
  readonly end: number
}

/** A line without its end, and where it begins. */
interface Line {
  readonly text: string
  readonly at: number
}

const [tab, lf, cr, space, del] = [9, 10, 13, 32, 127]

/** Characters of names and methods (RFC 9110, 5.6.2). */
export const token = "[!#$%&'*+.^_`|~\\w-]+"
const fieldName = new RegExp(`^${token}(?=:)`)

/** Reads lines, up to `most` bytes of them in all. */
export class Lines {
  readonly #input: ByteQueue
  readonly #most: number
  readonly #start: number

  constructor(input: ByteQueue, most: number) {
    this.#input = input
    this.#most = most
    this.#start = input.offset
  }

  /** The next line. Throws a `ReadError` when it is too long, ends otherwise than with CR and LF, or has control characters. */
  *next(): Generator<undefined, Line, void> {
    const at = this.#input.offset
    const room = this.#most - (at - this.#start)
    let size = 0
    for (;;) {
      const found = this.#input.indexOf(lf, size)
      size = found < 0 ? this.#input.length : found + 1
      if (size > room) refuse('tooLong', at)
      if (found >= 0) break
      yield
    }
    const line = this.#input.take(size)
    const end = size - 2
    if (line[end] !== cr) refuse('lineEnd', at + size - 1)
    for (let i = 0; i < end; i++) {
      if (line[i]! >= space ? line[i] === del : line[i] !== tab) refuse(line[i] === cr ? 'lineEnd' : 'control', at + i)
    }
    return { text: latin1(line, 0, end), at }
  }

  /** Header lines up to the empty one. Throws a `ReadError` when one is malformed. */
  *fields(): Generator<undefined, HttpField[], void> {
    const fields: HttpField[] = []
    for (;;) {
      const { text, at } = yield* this.next()
      if (text === '') return fields
      if (text.startsWith(' ') || text.startsWith('\t')) refuse('fold', at)
      const [name] = fieldName.exec(text) ?? refuse('field', at)
      const [start, end] = trimmed(text, name.length + 1, text.length)
      fields.push({ name: name.toLowerCase(), value: text.slice(start, end), start: at + start, end: at + end })
    }
  }
}

/** What of `text[start, end)` is left without the spaces and tabs around it. A regular expression would take quadratic time on long runs. */
function trimmed(text: string, start: number, end: number): readonly [start: number, end: number] {
  const isBlank = (at: number): boolean => text.charCodeAt(at) === space || text.charCodeAt(at) === tab
  let [from, to] = [start, end]
  while (from < to && isBlank(from)) from++
  while (to > from && isBlank(to - 1)) to--
  return [from, to]
}

/** The members of a list: what stands between commas. */
export const members = (list: string): string[] =>
  list.split(',').map((text) => text.slice(...trimmed(text, 0, text.length)))

/** The values of all lines of a name, in their order. */
export const valuesOf = (fields: readonly HttpField[], name: string): string[] =>
  fields.filter((field) => field.name === name).map(({ value }) => value)
