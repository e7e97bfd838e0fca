import { be16 } from '@nfkit/inet/bytes'
import { refuse } from './problem.ts'

const headerSize = 12
const longest = 255
const longestLabel = 63
/** A name has at most 127 labels: more pointers than that lead from one to the next. */
const mostPointers = 127

/** A name and where the bytes behind it begin. */
export interface NameAt {
  /** As sent: labels with dots between them, `.` for the root. Bytes that are no printable ASCII, dots and backslashes are `\ddd`. */
  readonly name: string
  readonly end: number
}

/**
 * The name at `at` (RFC 1035, 4.1.4). A pointer must lead to in front of the piece it ends: so no name can run in a circle. Throws a `ReadError` when
 * the name is malformed.
 */
export function readName(message: Uint8Array, at: number): NameAt {
  let text = ''
  let size = 1
  let end = -1
  let piece = at
  let pointers = 0
  for (let p = at; ; ) {
    if (p >= message.length) refuse('truncated', p)
    const length = message[p]!
    if (length === 0) return { name: text === '' ? '.' : text, end: end < 0 ? p + 1 : end }
    if (length >= 0xc0) {
      if (p + 2 > message.length) refuse('truncated', p)
      const to = be16(message, p) & 0x3fff
      if (to < headerSize || to >= piece || ++pointers > mostPointers) refuse('pointer', p)
      if (end < 0) end = p + 2
      piece = to
      p = to
      continue
    }
    if (length > longestLabel) refuse('label', p)
    const next = p + 1 + length
    size += 1 + length
    if (next > message.length) refuse('truncated', p)
    if (size > longest) refuse('name', at)
    if (text !== '') text += '.'
    for (let i = p + 1; i < next; i++) text += characters[message[i]!]
    p = next
  }
}

/** How each byte of a label is written (RFC 1035, 5.1). */
const characters: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  const isPlain = byte > 0x20 && byte < 0x7f && character !== '.' && character !== '\\'
  return isPlain ? character : `\\${String(byte).padStart(3, '0')}`
})
