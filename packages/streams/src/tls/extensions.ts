import { Cursor } from '../reader/cursor.ts'
import { latin1 } from '../reader/text.ts'
import { refuse } from './problem.ts'

const most = 256

/** An extension that does not fit into its own length. */
const malformed = (at: number): never => refuse('extension', at)

/**
 * The extensions of a hello in their order: `read` gets each that is there for the first time. Returns their numbers. Without a block of
 * extensions, as before TLS 1.3, there are none.
 */
export function readExtensions(hello: Cursor, read: (id: number, data: Cursor, isRepeated: boolean) => void): number[] {
  const ids: number[] = []
  if (hello.left === 0) return ids
  const block = hello.part(hello.u16())
  while (block.left > 0) {
    const id = block.u16()
    const from = block.at + 2
    const { end } = block.part(block.u16())
    if (ids.length === most) refuse('tooManyExtensions', from)
    read(id, new Cursor(block.bytes, from, end, malformed), ids.includes(id))
    ids.push(id)
  }
  if (hello.left > 0) refuse('trailing', hello.at)
  return ids
}

/** All of an extension that is a list of 16-bit numbers behind a length, `width` bytes wide. */
export function readList(data: Cursor, width: 1 | 2): number[] {
  const list = data.part(width === 1 ? data.u8() : data.u16())
  if (data.left > 0) malformed(data.at)
  return list.u16s()
}

/** A list of names with a length in front of each (RFC 7301, 3.1). */
export function readProtocols(data: Cursor): string[] {
  const list = data.part(data.u16())
  if (data.left > 0) malformed(data.at)
  const names: string[] = []
  while (list.left > 0) {
    const { bytes, at, end } = list.part(list.u8())
    names.push(latin1(bytes, at, end))
  }
  return names
}
