import { userdataType } from '../encode/userdata.ts'

// Not in any es lib, yet in every runtime this package runs in, browsers included.
declare class TextDecoder {
  decode(bytes: Uint8Array): string
}

const decoder = new TextDecoder()

/** The entries of userdata as nft keeps them, as far as they are: a type, a length, and so many bytes each. */
function entries(userdata: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  for (let p = 0; p + 2 <= userdata.length; ) {
    const end = p + 2 + userdata[p + 1]!
    if (end > userdata.length) break
    found.set(userdata[p]!, userdata.subarray(p + 2, end))
    p = end
  }
  return found
}

/** The text of an entry. What could not be written again (nothing, more than 128 bytes, a NUL inside) is left out. */
function textOf(userdata: Uint8Array | undefined, type: number, most: number): string | undefined {
  const bytes = userdata && entries(userdata).get(type)
  if (bytes === undefined) return undefined
  const text = bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes
  return text.length === 0 || text.length > most || text.includes(0) ? undefined : decoder.decode(text)
}

/** The comment of a table, chain, rule, object or element. */
export const commentOf = (userdata: Uint8Array | undefined): string | undefined =>
  textOf(userdata, userdataType.comment, 128)

/** The comment of a set or map. */
export const setCommentOf = (userdata: Uint8Array | undefined): string | undefined =>
  textOf(userdata, userdataType.setComment, 128)

/** The line of the program that made a rule. */
export const sourceOf = (userdata: Uint8Array | undefined): string | undefined =>
  textOf(userdata, userdataType.source, 255)
