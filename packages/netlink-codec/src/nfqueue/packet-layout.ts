import { be16, dataView, view } from '@nfkit/inet/bytes'
import { netfilterHeaderSize } from '../nfnetlink/header.ts'
import { Attrs } from '../schema/attrs.ts'
import type { Attr } from '../schema/shape.ts'
import { getU32, idIn, lengthIn, u16 } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'
import { Layout } from '../wire/layout.ts'
import { behind, behindAt, longest, payloadHeader } from './behind.ts'
import { survey, wantedBits } from './survey.ts'
import { nfqa } from './table.ts'

const payloadId = nfqa.rows.payload.id
const nowhere = new Uint16Array(0)

// The same functions: V8 looks up what is imported at each call.
const viewOf = dataView
const viewFrom = view
const be16At = be16
const word = getU32
const lengthOf = lengthIn
const idOf = idIn
const headerOfPayload = payloadHeader

/**
 * Where a queued packet's values are, for who keeps many packets and no object for each message: every method is told where the message is. Packets that came
 * the same way have the same attributes up to the first whose length varies, and share one layout: comparing headers takes the place of looking at each.
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
  private readonly headers: Layout
  /** See `Survey`; none where the same may come behind, too. */
  private readonly places: Uint16Array
  /** A bit for each attribute before those, by the low bits of its id: none of them is behind, too. */
  private readonly present: number
  /** The same of those that are not in the message at all, as far as that is known. */
  private readonly absent: number
  /** @internal Whether nothing varies but the payload. */
  readonly isPlain: boolean
  /** @internal Whether it holds for other messages, too. */
  readonly isShared: boolean

  /** @internal `packetLayoutOf` knows whether there is one already. Throws `DecodeError`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    const { found, places, present, others, rest } = survey(bytes, start, end)
    this.header = found.header
    this.markAt = found.mark
    this.indevAt = found.indev
    this.outdevAt = found.outdev
    this.rest = rest
    this.behind = behindAt(bytes, start + rest, end)
    this.headers = new Layout(bytes, start + netfilterHeaderSize, Math.min(start + rest, end))
    this.isPlain = this.behind === behind.payload
    this.isShared = start + rest <= end && (others & (present | wantedBits)) === 0
    this.places = this.isShared ? places : nowhere
    this.present = present
    this.absent = this.behind === behind.more ? 0 : ~(this.isPlain ? present | (1 << payloadId) : present)
  }

  /** @internal What nearly every message is asked: whether it is laid out like this, where nothing varies but the payload. `words` are its bytes. */
  fitsPlain(words: Int32Array, start: number, end: number): boolean {
    const rest = start + this.rest
    const length = end - rest
    if (!this.isPlain || length < 4 || length > longest || words[rest >>> 2] !== headerOfPayload(length)) return false
    return this.headers.isIn(words, (start + netfilterHeaderSize) >>> 2)
  }

  /** @internal Whether it is, whatever varies. Throws `DecodeError` at an impossible length. */
  fits(bytes: Uint8Array, words: Int32Array | undefined, start: number, end: number): boolean {
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
    return (ids & (this.present | wantedBits)) === 0
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
