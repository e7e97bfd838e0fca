import { Cursor } from '../reader/cursor.ts'
import { latin1 } from '../reader/text.ts'
import { refuse } from './problem.ts'

const most = 256

/** An extension that does not fit into its own length. */
const malformed = (at: number): never => refuse('extension', at)

/** How an extension is read: what it says goes into `said`. */
type ReadExtension<Said> = (data: Cursor, said: Said) => void

/** How extensions are read, by their numbers. A map: an object finds large numbers slowly. */
export type ExtensionReaders<Said> = ReadonlyMap<number, ReadExtension<Said>>

/** The same of a table. */
export const extensionReaders = <Said>(table: { readonly [id: number]: ReadExtension<Said> }): ExtensionReaders<Said> =>
  new Map(Object.entries(table).map(([id, read]) => [Number(id), read]))

/**
 * Read each extension of a hello that is there for the first time, in their order. Returns their numbers. Without a block of extensions, as before
 * TLS 1.3, there are none.
 */
export function readExtensions<Said>(hello: Cursor, readers: ExtensionReaders<Said>, said: Said): number[] {
  const ids: number[] = []
  if (hello.left === 0) return ids
  const { bytes, end } = hello
  const block = hello.part(hello.u16())
  while (block.left > 0) {
    const id = block.u16()
    const size = block.u16()
    const from = block.at
    block.skip(size)
    if (ids.length === most) refuse('tooManyExtensions', from)
    const read = readers.get(id)
    if (read !== undefined && !ids.includes(id)) read(new Cursor(bytes, from, from + size, malformed), said)
    ids.push(id)
  }
  if (hello.left > 0) refuse('trailing', end - hello.left)
  return ids
}

/** Whether a number stands twice among these. Most differ in their last bits, which is quickly seen. */
export function isAnyTwice(ids: readonly number[]): boolean {
  let seen = 0
  for (let i = 0; i < ids.length; i++) {
    const bit = 1 << ids[i]!
    if ((seen & bit) !== 0 && ids.indexOf(ids[i]!) < i) return true
    seen |= bit
  }
  return false
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
