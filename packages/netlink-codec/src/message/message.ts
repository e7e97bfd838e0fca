import { dataView, view } from '@nfkit/inet/bytes'
import { whole } from '../schema/encode.ts'
import { align, getU32, putU16, putU32, u16, u32 } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'

/** `NLMSG_*` below 16: messages of netlink itself (include/uapi/linux/netlink.h). */
export const control = { noop: 1, error: 2, done: 3, overrun: 4 } as const

/** Bytes of `struct nlmsghdr`. */
export const headerSize = 16

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

  /** Below 16 a `control` type; else the protocol says what it means. */
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
  /** Everything after `struct nlmsghdr`. A view. */
  get payload(): Uint8Array {
    return view(this.bytes, this.start + headerSize, this.end)
  }
}

/**
 * The messages of one datagram. The last one may be unpadded, as the kernel's queued packets are. Throws `DecodeError` at a
 * length that is smaller than a header or runs past the end.
 *
 * @example
 * import { messages } from '@nfkit/netlink-codec'
 *
 * const acknowledgement = Uint8Array.of(36, 0, 0, 0, 2, 0, 0, 0, ...new Uint8Array(28))
 * for (const { type, start, end } of messages(acknowledgement)) console.log(type, end - start) // 2 36
 */
export function* messages(bytes: Uint8Array, start = 0, end = bytes.length): IterableIterator<Message> {
  for (let p = start; p < end; ) {
    const length = messageLength(bytes, p, end)
    yield new Message(bytes, p, p + length)
    p += align(length)
  }
}

/** The length of the message at `p`, checked against its datagram. Throws `DecodeError` when the length does not fit. */
export function messageLength(bytes: Uint8Array, p: number, end: number): number {
  if (p + headerSize > end) throw new DecodeError('nlmsghdr', p, `${end - p} bytes, expected ${headerSize}`)
  const length = getU32(dataView(bytes), p)
  if (length < headerSize || length > end - p) throw new DecodeError('nlmsghdr', p, `length ${length} does not fit`)
  return length
}

/** What `struct nlmsghdr` of a message to build says; the length follows from the message. */
export interface Header {
  /** From 0 to 65,535. */
  readonly type: number
  /** Bits of `messageFlags`. */
  readonly flags: number
  /** 0 by default; a connection numbers its requests itself. */
  readonly sequence?: number | undefined
  /** 0 by default: the kernel knows who sent a request. */
  readonly portId?: number | undefined
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
