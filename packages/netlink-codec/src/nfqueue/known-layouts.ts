import { dataView } from '@nfkit/inet/bytes'
import { netfilterHeaderSize } from '../nfnetlink/header.ts'
import { align, getU32, idIn, lengthIn, words as wordsAt } from '../wire/bytes.ts'
import { behindAt, isVarying } from './behind.ts'
import { PacketLayout } from './packet-layout.ts'

// The same function: V8 looks up what is imported at each call.
const wordsOf = wordsAt

/** The one that was met last: mostly, it is the next packet's. */
let latest: PacketLayout | undefined
/** A few plain ones that were met last: one that does not fit says so at once. */
const recent: PacketLayout[] = []
const recents = 8
let turn = 0
/**
 * Layouts that were met: packets that come through a few rules are laid out in a few ways. Each place has two of them, the newer one first, so that nobody
 * chooses how many are kept.
 */
const met: (PacketLayout | undefined)[] = Array(256).fill(undefined)

/**
 * How the message `bytes[start, end)` of a queued packet is laid out. Throws `DecodeError` when the packet's header is missing, or a length is impossible.
 *
 * @example
 * import { packetLayoutOf, type QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
 *
 * export const markOf = ({ bytes, start, end }: QueuedPacket) => packetLayoutOf(bytes, start, end).mark(bytes, start)
 */
export function packetLayoutOf(bytes: Uint8Array, start: number, end: number): PacketLayout {
  const words = wordsOf(bytes, start)
  if (words !== undefined && latest?.fitsPlain(words, start, end)) return latest
  if (latest?.isPlain === false && latest.fits(bytes, words, start, end)) return latest
  return another(bytes, words, start, end)
}

function another(bytes: Uint8Array, words: Int32Array | undefined, start: number, end: number): PacketLayout {
  const layout = recentOf(words, start, end) ?? find(bytes, words, start, end)
  if (layout.isShared) latest = layout
  return layout
}

function recentOf(words: Int32Array | undefined, start: number, end: number): PacketLayout | undefined {
  if (words === undefined) return undefined
  for (let i = 0; i < recent.length; i++) if (recent[i]!.fitsPlain(words, start, end)) return recent[i]
  return undefined
}

function find(bytes: Uint8Array, words: Int32Array | undefined, start: number, end: number): PacketLayout {
  const place = placeAmong(bytes, start, end)
  const newer = met[place]
  const older = met[place + 1]
  let layout = newer
  if (!layout?.fits(bytes, words, start, end)) layout = older
  if (!layout?.fits(bytes, words, start, end)) {
    layout = new PacketLayout(bytes, start, end)
    if (!layout.isShared) return layout
    met[place + 1] = newer
    met[place] = layout
  }
  if (layout.isPlain) recent[turn++ % recents] = layout
  return layout
}

/** Where layouts of such messages are, by their headers up to the first that varies, and what that is. */
function placeAmong(bytes: Uint8Array, start: number, end: number): number {
  const data = dataView(bytes)
  let sum = 0
  let p = start + netfilterHeaderSize
  while (p + 4 <= end) {
    const header = getU32(data, p)
    const length = lengthIn(header)
    if (isVarying(idIn(header)) || length < 4) break
    sum = Math.imul(sum ^ header, 0x9e37_79b1)
    sum ^= sum >>> 15
    p += align(length)
  }
  return (sum ^ (behindAt(bytes, p, end) << 1)) & 0xfe
}
