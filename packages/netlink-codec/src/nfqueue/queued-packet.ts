import { be16, dataView, view } from '@nfkit/inet/bytes'
import { Flow } from '../flow/flow.ts'
import { netfilterHeaderSize } from '../nfnetlink/header.ts'
import { Attrs } from '../schema/attrs.ts'
import type { Attr } from '../schema/shape.ts'
import { getU32, idIn, lengthIn } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'
import { nfqa } from './table.ts'

// Looked up once: this is the hottest loop there is.
const headerId = nfqa.rows.packetHdr.id
const markId = nfqa.rows.mark.id
const indevId = nfqa.rows.ifindexIndev.id
const outdevId = nfqa.rows.ifindexOutdev.id
const payloadId = nfqa.rows.payload.id
const skbInfoId = nfqa.rows.skbInfo.id
const attrsStart = netfilterHeaderSize
// The same functions: V8 knows a constant of this module when it compiles the loop, and looks up what is imported at each call.
const viewOf = dataView
const word = getU32
const lengthOf = lengthIn
const idOf = idIn

/**
 * One `NFQNL_MSG_PACKET`, read lazily. The constructor walks the attributes once and remembers where those are that nearly
 * every consumer wants, and which others there are, so that asking for an absent one costs nothing; those present are found when
 * asked for. Throws `DecodeError` when the packet's header is missing, or a length is impossible. Its fields change by `read` alone.
 */
export class QueuedPacket {
  bytes!: Uint8Array
  start!: number
  end!: number
  /** The kernel's handle for this packet within its queue, until its verdict. Counts up and wraps at 2³². */
  id!: number
  /** Packet mark: 0 is what the kernel means by sending none. */
  mark!: number
  /** Where the payload starts in `bytes`. */
  payloadStart!: number
  /** Bytes of the payload that were copied; 0 in mode `meta`. */
  payloadLength!: number
  // Not `#`, which makes a constructor longer: V8 inlines what has less than 460 bytes of bytecode.
  private headerAt!: number
  // Offsets of the interfaces; 0 when absent.
  private indevAt!: number
  private outdevAt!: number
  // A bit for each attribute that is there, by the low bits of its id. An attribute without a bit is absent.
  private present!: number

  /** `bytes[start, end)` is one whole message of type NFQNL_MSG_PACKET. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.read(bytes, start, end)
  }

  /**
   * Be the message in `bytes[start, end)` from now on: one object for any number of messages, read one after another. Throws what the constructor
   * throws, and is no message then.
   */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
    let header = -1
    let indev = 0
    let outdev = 0
    let mark = 0
    let present = 0
    let payload = end
    let payloadLength = 0
    const data = viewOf(bytes)
    let p = start + attrsStart
    while (p + 4 <= end) {
      const head = word(data, p)
      const length = lengthOf(head)
      if (length < 4 || p + length > end) throw impossible(p, length)
      const id = idOf(head)
      present |= 1 << id
      switch (id) {
        case payloadId:
          payload = p + 4
          payloadLength = length - 4
          break
        case markId:
          if (length < 8) throw short('NFQA_MARK', p, length, 4)
          mark = data.getUint32(p + 4)
          break
        case indevId:
          indev = p + 4
          break
        case outdevId:
          outdev = p + 4
          break
        case headerId:
          if (length < 11) throw short('NFQA_PACKET_HDR', p, length, 7)
          header = p + 4
          break
      }
      p += (length + 3) & ~3 // `align`, inline: it is measurably faster
    }
    if (header < 0) throw missing(start)
    this.headerAt = header
    this.indevAt = indev
    this.outdevAt = outdev
    this.present = present
    this.id = data.getUint32(header)
    this.mark = mark
    this.payloadStart = payload
    this.payloadLength = payloadLength
  }

  /** Number of the queue. */
  get queue(): number {
    return be16(this.bytes, this.start + 18)
  }
  /** Family of the hook: 2 IPv4, 10 IPv6, 7 bridge, 3 ARP. */
  get family(): number {
    return this.bytes[this.start + 16]!
  }
  /** Ethernet type: 0x0800 IPv4, 0x86dd IPv6. */
  get hwProtocol(): number {
    return be16(this.bytes, this.headerAt + 4)
  }
  /** A value of `hook`. */
  get hook(): number {
    return this.bytes[this.headerAt + 6]!
  }
  /** Index of the input interface; the bridge itself for bridged packets. */
  get indev(): number | undefined {
    return this.#be32(this.indevAt)
  }
  get outdev(): number | undefined {
    return this.#be32(this.outdevAt)
  }
  /** From the network header on, cut to the queue's copy range. A view: no bytes are copied. */
  get payload(): Uint8Array {
    return view(this.bytes, this.payloadStart, this.payloadStart + this.payloadLength)
  }
  /** The connection the packet belongs to, when the queue was asked for it and the kernel knows it. */
  get flow(): Flow | undefined {
    const ct = this.attrs.nest(nfqa.rows.ct)
    if (ct === undefined) return undefined
    return new Flow(ct, this.family)
  }
  /** Bits of `skbInfo`: 0 is what the kernel means by sending none. It puts them right before the payload. */
  get skbInfo(): number {
    if ((this.present & (1 << skbInfoId)) === 0) return 0
    const at = this.payloadStart - 12
    const data = dataView(this.bytes)
    const head = getU32(data, at)
    const isThere = idIn(head) === skbInfoId && lengthIn(head) === 8
    return isThere ? data.getUint32(at + 4) : (this.attrs.get(nfqa.rows.skbInfo) ?? 0)
  }
  get attrs(): Attrs {
    return new Attrs(this.bytes, this.start + attrsStart, this.end)
  }
  /** Any other attribute: `packet.get(nfqa.rows.uid)`. */
  get<T>(row: Attr<T>): T | undefined {
    return (this.present & (1 << row.id)) === 0 ? undefined : this.attrs.get(row)
  }

  #be32(at: number): number | undefined {
    if (at === 0) return undefined
    const data = dataView(this.bytes)
    const length = lengthIn(getU32(data, at - 4))
    if (length < 8) throw short('NFQA_IFINDEX', at - 4, length, 4)
    return data.getUint32(at)
  }
}

// Apart from the constructor, to keep it short.
const impossible = (p: number, length: number) => new DecodeError('NFQA', p, `length ${length} does not fit`)
const short = (what: string, p: number, length: number, size: number) =>
  new DecodeError(what, p, `${length - 4} bytes, expected ${size}`)
const missing = (p: number) => new DecodeError('NFQA_PACKET_HDR', p, 'missing')
