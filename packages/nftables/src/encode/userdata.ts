import { utf8 } from '@nfkit/inet/bytes'
import { putU32 } from '@nfkit/netlink-codec'

/**
 * What is kept beside an object for those who read it: nft's own entries, which the kernel does not look at (include/libnftnl/udata.h of
 * libnftnl). Each has a type of one byte, a length of one byte, and its bytes.
 */
export const userdataType = {
  /** Of tables, chains, rules, objects and elements: text that ends in NUL. */
  comment: 0,
  /** Of sets: the byte order of keys, and of a map's values. Without it nft shows numbers in the machine's order reversed. */
  keyOrder: 0,
  dataOrder: 1,
  setComment: 7,
  /** Of elements: 1 for a range to the last key there is, which has no end. */
  elementFlags: 1,
  /** Of rules, ours: the line of the program that made it. nft passes it over. */
  source: 128,
} as const

/** Bytes of all entries together (NFT_USERDATA_MAXLEN). */
const most = 256

/** An entry: its type, and what is in it. */
export type Entry = readonly [type: number, bytes: Uint8Array]

/** Returns the userdata of these entries; nothing when there are none. */
export function userdata(...entries: readonly (Entry | undefined)[]): { readonly userdata?: Uint8Array } {
  const there = entries.filter((entry) => entry !== undefined)
  if (there.length === 0) return {}
  return { userdata: Uint8Array.from(there.flatMap(([type, bytes]) => [type, bytes.length, ...bytes])) }
}

/** Text as an entry. */
export const textEntry = (type: number, text: string | undefined): Entry | undefined =>
  text === undefined ? undefined : [type, utf8(`${text}\0`)]

/** A number as an entry. */
export function numberEntry(type: number, number: number): Entry {
  const bytes = new Uint8Array(4)
  putU32(bytes, 0, number)
  return [type, bytes]
}

/** The line of a rule as an entry: its end, where there is no room for all of it. */
export function sourceEntry(source: string | undefined, comment: string | undefined): Entry | undefined {
  if (source === undefined) return undefined
  const room = most - 3 - (comment === undefined ? 0 : utf8(comment).length + 3)
  const characters = [...source]
  while (utf8(characters.join('')).length > room) characters.shift()
  return textEntry(userdataType.source, characters.join(''))
}
