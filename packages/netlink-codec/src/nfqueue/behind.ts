import { dataView } from '@nfkit/inet/bytes'
import { attrLimit, getU32, idIn, littleEndian } from '../wire/bytes.ts'
import { nfqa } from './table.ts'

const { secctx, l2hdr, ct, payload } = nfqa.rows
const payloadId = payload.id

/** Attributes whose length differs from packet to packet: the kernel puts them behind all but a few of fixed size. */
const varying = [secctx, l2hdr, ct, payload].reduce((bits, { id }) => bits | (1 << id), 0)
export const isVarying = (id: number): boolean => id < 32 && (varying & (1 << id)) !== 0

/** What comes behind the attributes of a message that do not vary: the payload alone, up to the message's end, or the first that varies of some. */
export const behind = { nothing: 0, payload: 1, more: 2 } as const
/** One that does not vary, and is laid out. */
const none = -1

/** The header of a payload of which there are so many bytes with it, as the word it is. */
export const payloadHeader: (length: number) => number = littleEndian
  ? (length) => (payloadId << 16) | length
  : (length) => (length << 16) | payloadId
/** The longest attribute, with its header. */
export const longest = attrLimit + 4

/** What comes in `bytes[p, end)`. */
export function behindAt(bytes: Uint8Array, p: number, end: number): number {
  const length = end - p
  if (length < 4) return behind.nothing
  const header = getU32(dataView(bytes), p)
  if ((header | 0) === payloadHeader(length) && length <= longest) return behind.payload
  return isVarying(idIn(header)) ? behind.more : none
}
