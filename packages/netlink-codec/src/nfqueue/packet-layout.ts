import { be16, dataView, view } from '@nfkit/inet/bytes'
import { netfilterHeaderSize } from '../nfnetlink/header.ts'
import { Attrs } from '../schema/attrs.ts'
import type { Attr } from '../schema/shape.ts'
import { align, getU32, idIn, lengthIn, littleEndian, u16, words as wordsAt } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'
import { Layout, walk } from '../wire/layout.ts'
import { nfqa } from './table.ts'

const { rows } = nfqa
const payloadId = rows.payload.id

/** The values that nearly every consumer wants: the attribute of each, and what it is called. One that is too short makes a message none. */
const wanted = {
  header: { row: rows.packetHdr, name: 'NFQA_PACKET_HDR' },
  mark: { row: rows.mark, name: 'NFQA_MARK' },
  indev: { row: rows.ifindexIndev, name: 'NFQA_IFINDEX_INDEV' },
  outdev: { row: rows.ifindexOutdev, name: 'NFQA_IFINDEX_OUTDEV' },
} as const
type Place = keyof typeof wanted

const placeOf = new Map(Object.entries(wanted).map(([place, { row }]) => [row.id, place as Place] as const))
const placedBits = Object.values(wanted).reduce((bits, { row }) => bits | (1 << row.id), 0)

/** Attributes whose length differs from packet to packet: the kernel puts them behind all but a few of fixed size. */
const varying = [rows.secctx, rows.l2hdr, rows.ct, rows.payload].reduce((bits, { id }) => bits | (1 << id), 0)
const isVarying = (id: number): boolean => id < 32 && (varying & (1 << id)) !== 0

// The same functions: V8 looks up what is imported at each call.
const viewOf = dataView
const viewFrom = view
const wordsOf = wordsAt
const be16At = be16
const word = getU32
const lengthOf = lengthIn
const idOf = idIn

/** What comes behind the attributes that are laid out: the payload alone, up to the message's end, or the first that varies of some. */
const behind = { nothing: 0, payload: 1, more: 2 } as const
const misfit = -1

/** The header of a payload of which there are so many bytes with it, as the word it is. */
const payloadHeader: (length: number) => number = littleEndian
  ? (length) => (payloadId << 16) | length
  : (length) => (length << 16) | payloadId
const longest = 0xffff

/** What comes in the last `length` bytes of a message, which begin with this header. */
function behindWith(header: number, length: number): number {
  if (length < 4) return behind.nothing
  if (header === payloadHeader(length) && length <= longest) return behind.payload
  return isVarying(idOf(header)) ? behind.more : misfit
}

/**
 * Where a queued packet's values are, for who keeps many packets and no object for each message: every method is told where the message is. Packets that came
 * the same way have the same attributes up to the first whose length varies, and share one layout: comparing headers takes the place of looking at each.
 *
 * @example
 * import { PacketLayout, type QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
 *
 * export function markOf({ bytes, start, end }: QueuedPacket) {
 *   return PacketLayout.of(bytes, start, end).mark(bytes, start)
 * }
 */
export class PacketLayout {
  // From the start of the message; 0 when absent. Not `#`, which makes a getter longer: V8 inlines what has up to 27 bytes of bytecode wherever it is.
  private readonly header: number
  private readonly markAt: number
  private readonly indevAt: number
  private readonly outdevAt: number
  /** Where the attributes begin that each message has its own of. */
  private readonly rest: number
  /** One of `behind`. */
  private readonly behind: number
  /** Whether that is the payload alone. */
  private readonly isPlain: boolean
  private readonly headers: Layout
  /** The payload of each attribute before those, by id; 0 where it is absent, empty or far away. None where the same may come behind, too. */
  private readonly places: Uint16Array
  /** A bit for each attribute before those, by the low bits of its id: none of them is behind, too. */
  private readonly present: number
  /** The same of those that are not in the message at all, as far as that is known. */
  private readonly absent: number
  /** Whether it holds for other messages, too. */
  private readonly isShared: boolean

  private constructor(bytes: Uint8Array, start: number, end: number) {
    const { found, places, present, others, rest } = survey(bytes, start, end)
    if (found.header === 0) throw new DecodeError('NFQA_PACKET_HDR', start, 'missing')
    this.header = found.header
    this.markAt = found.mark
    this.indevAt = found.indev
    this.outdevAt = found.outdev
    this.rest = rest
    this.behind = behindAt(bytes, start + rest, end)
    this.isPlain = this.behind === behind.payload
    this.headers = new Layout(bytes, start + netfilterHeaderSize, Math.min(start + rest, end))
    this.isShared = start + rest <= end && (others & (present | placedBits)) === 0
    this.places = this.isShared ? places : nowhere
    this.present = present
    this.absent = this.behind === behind.more ? 0 : ~(present | (this.behind << payloadId))
  }

  /** The layout of the message `bytes[start, end)`. Throws `DecodeError` when the packet's header is missing, or a length is impossible. */
  static of(bytes: Uint8Array, start: number, end: number): PacketLayout {
    const words = wordsOf(bytes, start)
    if (words !== undefined && latest?.fitsPlain(words, start, end)) return latest
    if (latest?.isPlain === false && latest.fits(bytes, words, start, end)) return latest
    return PacketLayout.other(bytes, words, start, end)
  }

  private static other(bytes: Uint8Array, words: Int32Array | undefined, start: number, end: number): PacketLayout {
    const layout = recentOf(words, start, end) ?? PacketLayout.find(bytes, words, start, end)
    if (layout.isShared) latest = layout
    return layout
  }

  private static find(bytes: Uint8Array, words: Int32Array | undefined, start: number, end: number): PacketLayout {
    const place = placeAmong(bytes, start, end)
    const newer = met[place]
    const older = met[place + 1]
    const known = newer?.fits(bytes, words, start, end)
      ? newer
      : older?.fits(bytes, words, start, end)
        ? older
        : undefined
    const layout = known ?? new PacketLayout(bytes, start, end)
    if (!layout.isShared) return layout
    if (known === undefined) {
      met[place + 1] = newer
      met[place] = layout
    }
    if (layout.isPlain) recent[turn++ % recents] = layout
    return layout
  }

  /** @internal What nearly every message is asked: whether it is laid out like this, where nothing varies but the payload. `words` are its bytes. */
  fitsPlain(words: Int32Array, start: number, end: number): boolean {
    const rest = start + this.rest
    const length = end - rest
    if (!this.isPlain || length < 4 || length > longest || words[rest >>> 2] !== payloadHeader(length)) return false
    return this.headers.isIn(words, (start + netfilterHeaderSize) >>> 2)
  }

  private fits(bytes: Uint8Array, words: Int32Array | undefined, start: number, end: number): boolean {
    const rest = start + this.rest
    if (rest > end || behindAt(bytes, rest, end) !== this.behind) return false
    const first = start + netfilterHeaderSize
    if (!(words === undefined ? this.headers.isAt(bytes, first) : this.headers.isIn(words, first >>> 2))) return false
    return this.behind !== behind.more || this.isApart(bytes, rest, end)
  }

  // Whether none of what is in a message's `bytes[rest, end)` is laid out here. Throws `DecodeError` at an impossible length.
  private isApart(bytes: Uint8Array, rest: number, end: number): boolean {
    const data = viewOf(bytes)
    let ids = 0
    let p = rest
    while (p + 4 <= end) {
      const head = word(data, p)
      const length = lengthOf(head)
      if (length < 4 || p + length > end) throw new DecodeError('NFQA', p, `length ${length} does not fit`)
      ids |= 1 << idOf(head)
      p += (length + 3) & ~3 // `align`, inline: it is measurably faster
    }
    return (ids & (this.present | placedBits)) === 0
  }

  /** The kernel's handle for the packet. */
  id(bytes: Uint8Array, start: number): number {
    return viewOf(bytes).getUint32(start + this.header)
  }
  /** Ethernet type. */
  hwProtocol(bytes: Uint8Array, start: number): number {
    return be16At(bytes, start + this.header + 4)
  }
  /** A value of `hook`. */
  hook(bytes: Uint8Array, start: number): number {
    return bytes[start + this.header + 6]!
  }
  /** Packet mark; 0 where there is none. */
  mark(bytes: Uint8Array, start: number): number {
    return this.markAt === 0 ? 0 : viewOf(bytes).getUint32(start + this.markAt)
  }
  /** Index of the input interface. */
  indev(bytes: Uint8Array, start: number): number | undefined {
    return this.indevAt === 0 ? undefined : viewOf(bytes).getUint32(start + this.indevAt)
  }
  /** Index of the output interface. */
  outdev(bytes: Uint8Array, start: number): number | undefined {
    return this.outdevAt === 0 ? undefined : viewOf(bytes).getUint32(start + this.outdevAt)
  }

  /** Where the payload's header is; -1 when there is none. Throws `DecodeError` at an impossible length. */
  payloadAt(bytes: Uint8Array, start: number, end: number): number {
    const rest = start + this.rest
    return this.isPlain ? rest : new Attrs(bytes, rest, end).find(payloadId)
  }

  /** Bytes of the payload; 0 when there is none. Throws `DecodeError` at an impossible length. */
  payloadLength(bytes: Uint8Array, start: number, end: number): number {
    if (this.isPlain) return end - start - this.rest - 4
    const p = this.payloadAt(bytes, start, end)
    return p < 0 ? 0 : u16(bytes, p) - 4
  }

  /** The payload; `undefined` where nothing was copied. A view. Throws `DecodeError` at an impossible length. */
  payload(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const p = this.payloadAt(bytes, start, end)
    if (p < 0) return undefined
    const to = this.isPlain ? end : p + u16(bytes, p)
    return to - p === 4 ? undefined : viewFrom(bytes, p + 4, to)
  }

  /** Any attribute. Throws `DecodeError` when it is malformed. */
  get<T>(row: Attr<T>, bytes: Uint8Array, start: number, end: number): T | undefined {
    const { id } = row
    if (id < 32 && (this.absent & (1 << id)) !== 0) return undefined
    const place = this.places[id]
    if (place) return new Attrs(bytes, start, end).valueAt(start + place - 4, row)
    const isBehind = this.isShared && id < 32 && (this.present & (1 << id)) === 0
    return new Attrs(bytes, start + (isBehind ? this.rest : netfilterHeaderSize), end).get(row)
  }
}

/**
 * Layouts that were met: packets that come through a few rules are laid out in a few ways. Each place has two of
 * them, the newer one first, so that nobody chooses how many are kept.
 */
const met: (PacketLayout | undefined)[] = Array(256).fill(undefined)
/** The one that was met last: mostly, it is the next packet's. */
let latest: PacketLayout | undefined
/** A few plain ones that were met last: one that does not fit says so at once. */
const recent: PacketLayout[] = []
const recents = 8
let turn = 0

function recentOf(words: Int32Array | undefined, start: number, end: number): PacketLayout | undefined {
  if (words === undefined) return undefined
  for (let i = 0; i < recent.length; i++) if (recent[i]!.fitsPlain(words, start, end)) return recent[i]
  return undefined
}

/** Where layouts of such messages are kept, by their headers up to the first that varies, and what that is. */
function placeAmong(bytes: Uint8Array, start: number, end: number): number {
  const data = viewOf(bytes)
  let sum = 0
  let p = start + netfilterHeaderSize
  while (p + 4 <= end) {
    const head = word(data, p)
    const length = lengthOf(head)
    if (isVarying(idOf(head)) || length < 4) break
    sum = Math.imul(sum ^ head, 0x9e37_79b1)
    sum ^= sum >>> 15
    p += (length + 3) & ~3
  }
  return (sum ^ (behindAt(bytes, p, end) << 1)) & 0xfe
}

function behindAt(bytes: Uint8Array, p: number, end: number): number {
  return behindWith(p + 4 <= end ? word(viewOf(bytes), p) | 0 : 0, end - p)
}

const nowhere = new Uint16Array(0)

/** What there is in a message. Throws `DecodeError`. */
function survey(bytes: Uint8Array, start: number, end: number) {
  const found = { header: 0, mark: 0, indev: 0, outdev: 0 }
  const places = new Uint16Array(32)
  let present = 0
  let others = 0
  let rest = 0
  let next = start + netfilterHeaderSize
  walk('NFQA', bytes, next, end, (id, p, length) => {
    const value = p + 4 - start
    const place = placeOf.get(id)
    if (place !== undefined) {
      const { row, name } = wanted[place]
      const { size } = row.type
      if (length - 4 < size) throw new DecodeError(name, p, `${length - 4} bytes, expected ${size}`)
      found[place] = value
    }
    if (rest === 0 && isVarying(id)) rest = p - start
    if (rest > 0) {
      others |= 1 << id
    } else {
      present |= 1 << id
      if (id < places.length) places[id] = length > 4 && value <= longest ? value : 0
    }
    next = p + align(length)
  })
  return { found, places, present, others, rest: rest || next - start }
}
