import { Attrs } from '../schema/attrs.ts'
import { encode, whole } from '../schema/encode.ts'
import type { Infer, Table } from '../schema/schema.ts'
import { Writer } from '../schema/writer.ts'
import { align, be16, dataView, getU32, putBe16, putU16, putU32, u16, u32, view } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'

/** `NLMSG_*` below 16: messages of netlink itself (include/uapi/linux/netlink.h). */
export const control = { noop: 1, error: 2, done: 3, overrun: 4 } as const

/** Bytes of `struct nlmsghdr`. */
export const headerSize = 16
/** Bytes of `struct nlmsghdr` and `struct nfgenmsg` together: where a netfilter message's attributes start. */
export const netfilterHeaderSize = 20

/** One message inside a datagram: a window that reads its header when asked. */
export class Message {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number

  /** `bytes[start, end)` must be one whole message, as `messages` yields them. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** For netfilter messages subsystem × 256 + message; below 16 a `control` type. */
  get type(): number {
    return u16(this.bytes, this.start + 4)
  }
  get flags(): number {
    return u16(this.bytes, this.start + 6)
  }
  /** Of the request this answers; 0 in events and queued packets. */
  get sequence(): number {
    return u32(this.bytes, this.start + 8)
  }
  /** Of the socket a reply is for, or that caused an event. */
  get portId(): number {
    return u32(this.bytes, this.start + 12)
  }
  /** `nfgen_family`. Throws `DecodeError` on a message too short to have one, as do the next three. */
  get family(): number {
    return this.bytes[this.netfilter()]!
  }
  get version(): number {
    return this.bytes[this.netfilter() + 1]!
  }
  /** `res_id`: the queue of a queued packet, the processor of per-CPU statistics. */
  get resourceId(): number {
    return be16(this.bytes, this.netfilter() + 2)
  }
  get attrs(): Attrs {
    return new Attrs(this.bytes, this.netfilter() + 4, this.end)
  }
  /** Everything after `struct nlmsghdr`. A view. */
  get payload(): Uint8Array {
    return view(this.bytes, this.start + headerSize, this.end - this.start - headerSize)
  }

  private netfilter(): number {
    if (this.end - this.start < netfilterHeaderSize) {
      throw new DecodeError('nfgenmsg', this.start, `a message of ${this.end - this.start} bytes has none`)
    }
    return this.start + headerSize
  }
}

/**
 * The messages of one datagram. The last one may be unpadded, as the kernel's queued packets are. Throws `DecodeError` at a
 * length that is smaller than a header or runs past the end.
 */
export function* messages(bytes: Uint8Array, start = 0, end = bytes.length): IterableIterator<Message> {
  for (let p = start; p < end; ) {
    const length = messageLength(bytes, p, end)
    yield new Message(bytes, p, p + length)
    p += align(length)
  }
}

/** The length of the message at `p`, checked against its datagram. */
export function messageLength(bytes: Uint8Array, p: number, end: number): number {
  if (p + headerSize > end) throw new DecodeError('nlmsghdr', p, `${end - p} bytes, expected ${headerSize}`)
  const length = getU32(dataView(bytes), p)
  if (length < headerSize || length > end - p) throw new DecodeError('nlmsghdr', p, `length ${length} does not fit`)
  return length
}

/** What `struct nlmsghdr` and `struct nfgenmsg` of a message to build shall say. */
export interface Header {
  readonly type: number
  readonly flags: number
  readonly sequence?: number
  readonly portId?: number
  readonly family?: number
  readonly version?: number
  readonly resourceId?: number
}

/** Build one netfilter message; its length is a multiple of four. Throws `EncodeError`. */
export function encodeMessage<T extends Table>(header: Header, table: T, value: Infer<T>): Uint8Array {
  const writer = new Writer()
  writer.reserve(netfilterHeaderSize)
  encode(writer, table, value)
  const bytes = writer.bytes.slice()
  putHeader(bytes, header)
  bytes[16] = whole(header.family ?? 0, 0xff, 'nfgenmsg.nfgen_family')
  bytes[17] = whole(header.version ?? 0, 0xff, 'nfgenmsg.version')
  putBe16(bytes, 18, whole(header.resourceId ?? 0, 0xffff, 'nfgenmsg.res_id'))
  return bytes
}

/** Write the `struct nlmsghdr` of a message that is `bytes` and nothing else. */
export function putHeader(bytes: Uint8Array, { type, flags, sequence = 0, portId = 0 }: Header): void {
  putU32(bytes, 0, bytes.length)
  putU16(bytes, 4, whole(type, 0xffff, 'nlmsghdr.nlmsg_type'))
  putU16(bytes, 6, whole(flags, 0xffff, 'nlmsghdr.nlmsg_flags'))
  setSequence(bytes, whole(sequence, 0xffff_ffff, 'nlmsghdr.nlmsg_seq'))
  putU32(bytes, 12, whole(portId, 0xffff_ffff, 'nlmsghdr.nlmsg_pid'))
}

/** Number a message that was built before its sequence number was known. */
export function setSequence(message: Uint8Array, sequence: number): void {
  putU32(message, 8, sequence)
}
