import { view } from '@nfkit/inet/bytes'
import { decode } from '../schema/decode.ts'
import { encode } from '../schema/encode.ts'
import { Writer } from '../schema/writer.ts'
import { align, i32, putU32, u32 as readU32 } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'
import { type AckAttrs, ackAttrs } from './ack-attrs.ts'
import { messageFlags } from './flags.ts'
import { control, type Header, headerSize, Message, putHeader } from './message.ts'

/** What `NLMSG_ERROR` or `NLMSG_DONE` says. */
export interface Ack {
  /** 0 for success, else the positive errno. */
  readonly errno: number
  /** The extended acknowledgement; empty when the kernel said nothing more. */
  readonly extended: AckAttrs
}

/** Read an `NLMSG_ERROR` (an acknowledgement included) or `NLMSG_DONE`. Throws `DecodeError`. */
export function decodeAck(message: Message): Ack {
  const { bytes, start, end, type, flags } = message
  const where = type === control.done ? 'NLMSG_DONE' : 'NLMSG_ERROR'
  let attrs = start + headerSize + (type === control.done ? 4 : 4 + headerSize)
  if (attrs > end) throw new DecodeError(where, start, `${end - start} bytes, expected ${attrs - start}`)
  const errno = 0 - i32(bytes, start + headerSize)
  if ((flags & messageFlags.ackTlvs) === 0) return { errno, extended: {} }
  if (type === control.error && (flags & messageFlags.capped) === 0) {
    const echoed = echoedRequest(message)
    if (echoed === undefined) throw new DecodeError(where, start, 'repeats a request longer than itself')
    attrs = start + headerSize + 4 + align(echoed.length)
  }
  return { errno, extended: decode(ackAttrs, bytes, Math.min(attrs, end), end) }
}

/** The request an `NLMSG_ERROR` repeats, or `undefined` when it repeats no more than its header. A view. */
export function echoedRequest({ bytes, start, end, flags }: Message): Uint8Array | undefined {
  const from = start + headerSize + 4
  if ((flags & messageFlags.capped) !== 0 || from + headerSize > end) return undefined
  const length = readU32(bytes, from)
  return length < headerSize || from + length > end ? undefined : view(bytes, from, from + length)
}

/** The same as a message, cut to its header when no more is repeated. `message` must be one `decodeAck` reads. */
export function echoedMessage(message: Message): Message {
  const from = message.start + headerSize + 4
  return new Message(message.bytes, from, from + (echoedRequest(message)?.length ?? headerSize))
}

/** What to answer a request with. */
export interface Answer {
  /** 0 for success, else the positive errno. */
  readonly errno: number
  /** Of the socket the answer is for. */
  readonly portId?: number
  /** Repeat only the request's header, as `NETLINK_CAP_ACK` asks; on success that is all the kernel repeats anyway. */
  readonly capped?: boolean
  /** The kernel's text and the place of the mistake, where it tells them. */
  readonly extended?: AckAttrs
}

/** Build the `NLMSG_ERROR` that answers `request`, for programs that play the kernel. Throws `EncodeError`. */
export function encodeAck(
  request: Uint8Array,
  { errno, portId = 0, capped = false, extended = {} }: Answer,
): Uint8Array {
  const short = capped || errno === 0
  const echoed = short ? request.subarray(0, headerSize) : request
  const sequence = readU32(request, 8)
  const flags = short ? messageFlags.capped : 0
  return build({ type: control.error, flags, sequence, portId }, errno, echoed, extended)
}

/** How a dump ends. */
export interface DumpEnd extends Pick<Answer, 'errno' | 'portId' | 'extended'> {
  /** Bits of `messageFlags` besides `multi`, which is always set: `dumpFiltered` of a filtered dump. */
  readonly flags?: number
}

/** Build the `NLMSG_DONE` that ends a dump, for programs that play the kernel. Throws `EncodeError`. */
export function encodeDone(sequence: number, { errno, portId = 0, flags = 0, extended = {} }: DumpEnd): Uint8Array {
  return build(
    { type: control.done, flags: messageFlags.multi | flags, sequence, portId },
    errno,
    new Uint8Array(0),
    extended,
  )
}

function build(header: Header, errno: number, echoed: Uint8Array, extended: AckAttrs): Uint8Array {
  const writer = new Writer()
  const start = writer.reserve(headerSize + 4 + align(echoed.length))
  putU32(writer.memory, start + headerSize, -errno)
  writer.memory.set(echoed, start + headerSize + 4)
  const fixed = writer.length
  encode(writer, ackAttrs, extended)
  const bytes = writer.copy()
  putHeader(bytes, { ...header, flags: header.flags | (bytes.length > fixed ? messageFlags.ackTlvs : 0) })
  return bytes
}
