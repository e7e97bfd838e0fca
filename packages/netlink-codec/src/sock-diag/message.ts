import { type Header, headerSize, type Message, putHeader } from '../message/message.ts'
import type { MessageType, Protocol } from '../message/protocol.ts'
import { Attrs } from '../schema/attrs.ts'
import { read } from '../schema/decode.ts'
import { encode, write } from '../schema/encode.ts'
import type { Value } from '../schema/shape.ts'
import { Writer } from '../schema/writer.ts'
import { DecodeError } from '../wire/errors.ts'
import { noCookie } from './constants.ts'
import { socketHeader, socketRequest } from './header.ts'
import { type SocketFilter, socket, socketFilter } from './table.ts'

/** The messages of NETLINK_SOCK_DIAG (include/uapi/linux/sock_diag.h). */
export const socketMessage = {
  byFamily: { type: 20, name: 'SOCK_DIAG_BY_FAMILY', table: socketFilter, answer: socket },
  destroy: { type: 21, name: 'SOCK_DESTROY', table: socketFilter, answer: socket },
} as const satisfies { readonly [name: string]: MessageType }

/**
 * The protocol NETLINK_SOCK_DIAG, as far as it tells of sockets of IPv4 and IPv6. Those of other families, UNIX for one, have other headers: their
 * messages are not to be read with it.
 */
export const sockDiag: Protocol = {
  number: 4,
  name: 'NETLINK_SOCK_DIAG',
  typeOf: (type) => Object.values(socketMessage).find((known) => known.type === type),
  nameOf: (type) => sockDiag.typeOf(type)?.name ?? `NETLINK_SOCK_DIAG message ${type}`,
  headerOf: (_type, flags) => (flags & 1 ? socketRequest : socketHeader),
}

/** Which sockets are asked for; what is left out is 0, and the cookie that of any socket. */
export type SocketQuestion = Partial<Value<typeof socketRequest>> & {
  /** Address family: 2 IPv4, 10 IPv6. */
  readonly family: number
  /** Layer-4 protocol number, a value of `ipProtocol`; the filter's `protocol` takes its place (inet_diag_get_protocol). */
  readonly protocol: number
}

const anything: Omit<Value<typeof socketRequest>, 'family' | 'protocol'> = {
  extensions: 0,
  rawProtocol: 0,
  states: 0,
  sport: 0,
  dport: 0,
  src: new Uint8Array(16),
  dst: new Uint8Array(16),
  interface: 0,
  cookie0: noCookie,
  cookie1: noCookie,
}

/**
 * Build one question about sockets. Without the flag `dump` it is about one: of TCP with `src` and `sport` for its local end; of UDP with
 * those for the remote one (udp_dump_one, net/ipv4/udp_diag.c). Addresses have 16 bytes, an IPv4 address in the first four. Throws
 * `EncodeError`.
 *
 * @example
 * import { ipProtocol, parseAddress } from '@nfkit/inet'
 * import { messageFlags } from '@nfkit/netlink-codec'
 * import { encodeSocketRequest, socketMessage } from '@nfkit/netlink-codec/sock-diag'
 *
 * const src = new Uint8Array(16)
 * src.set(parseAddress('127.0.0.1')!)
 * const header = { type: socketMessage.byFamily.type, flags: messageFlags.request }
 * export const request = encodeSocketRequest(header, { family: 2, protocol: ipProtocol.tcp, src, sport: 22 })
 */
export function encodeSocketRequest(header: Header, question: SocketQuestion, filter: SocketFilter = {}): Uint8Array {
  const writer = new Writer()
  writer.reserve(headerSize + socketRequest.size)
  encode(writer, socketFilter, filter)
  const bytes = writer.copy()
  write(bytes, headerSize, socketRequest, { ...anything, ...question }, 'inet_diag_req_v2')
  putHeader(bytes, header)
  return bytes
}

/** A socket, as the kernel tells of it. */
export interface SocketAnswer {
  /** Its addresses are views onto the message. */
  readonly header: Value<typeof socketHeader>
  /** What follows the header, read with the rows of `socket`. Views onto the message. */
  readonly attrs: Attrs
}

/** Read an answer to `SOCK_DIAG_BY_FAMILY`, or an event. Throws `DecodeError` when it is too short. */
export function socketOf(message: Message): SocketAnswer {
  const attrs = socketAttrsOf(message)
  const { bytes, start } = message
  const header = read(socketHeader, bytes, start + headerSize, socketHeader.size, 0) as Value<typeof socketHeader>
  return { header, attrs }
}

/** What follows the header of such a message, for who reads of that single fields. Throws `DecodeError` when it is too short for one. */
export function socketAttrsOf({ bytes, start, end }: Message): Attrs {
  const at = start + headerSize
  const { size } = socketHeader
  if (end - at < size) throw new DecodeError('inet_diag_msg', start, `${end - at} bytes, expected ${size}`)
  return new Attrs(bytes, at + size, end)
}
