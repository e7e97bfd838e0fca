import { formatHex, parseHex } from '@nfkit/inet'
import { putBe16 } from '@nfkit/inet/bytes'
import { align, putU16, putU32, u32 } from '@nfkit/netlink-codec'
import { TransportError } from '@nfkit/netlink-transport'
import type { NetlinkSocket } from '../src/index.ts'

/** Bytes of hexadecimal, white space allowed. */
export function hex(text: string): Uint8Array {
  const bytes = parseHex(text)
  if (!bytes) throw new Error(`not hexadecimal: ${text}`)
  return bytes
}

interface Fields {
  readonly flags?: number
  readonly sequence?: number
  readonly family?: number
  readonly version?: number
  readonly resourceId?: number
}

/** One request of raw parts: REQUEST | ACK and sequence number 1 unless said otherwise. */
export function message(type: number, fields: Fields = {}, ...attributes: readonly Uint8Array[]): Uint8Array {
  const size = attributes.reduce((sum, { length }) => sum + length, 20)
  const bytes = new Uint8Array(size)
  putU32(bytes, 0, size)
  putU16(bytes, 4, type)
  putU16(bytes, 6, fields.flags ?? 5)
  putU32(bytes, 8, fields.sequence ?? 1)
  bytes[16] = fields.family ?? 0
  bytes[17] = fields.version ?? 0
  putBe16(bytes, 18, fields.resourceId ?? 0)
  let at = 20
  for (const attribute of attributes) {
    bytes.set(attribute, at)
    at += attribute.length
  }
  return bytes
}

/** One attribute with a payload in hexadecimal, padded. */
export function attribute(type: number, payload: string | Uint8Array): Uint8Array {
  const content = typeof payload === 'string' ? hex(payload) : payload
  const bytes = new Uint8Array(align(4 + content.length))
  putU16(bytes, 0, 4 + content.length)
  putU16(bytes, 2, type)
  bytes.set(content, 4)
  return bytes
}

export const nest = (type: number, ...inner: readonly Uint8Array[]): Uint8Array =>
  attribute(type | 0x8000, joined(inner))

/** Several messages in one datagram. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + align(length), 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += align(part.length)
  }
  return bytes
}

/** Everything that can be read now. Errors are in the list, too. */
export function drain(socket: NetlinkSocket, size = 65_536): (Uint8Array | TransportError)[] {
  const received: (Uint8Array | TransportError)[] = []
  for (;;) {
    try {
      received.push(socket.receive(size).bytes)
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      if (error.code === 'EAGAIN') return received
      received.push(error)
    }
  }
}

/** Send, and read all that is there when the call returns. */
export function ask(socket: NetlinkSocket, ...requests: readonly Uint8Array[]): Uint8Array[] {
  socket.send(requests.length === 1 ? requests[0]! : joined(requests))
  return drain(socket).filter((one): one is Uint8Array => one instanceof Uint8Array)
}

/** The errno of the one answer, as a negative number; 0 acknowledges. Throws when there is not exactly one. */
export function errorOf(socket: NetlinkSocket, request: Uint8Array): number {
  const answers = ask(socket, request).filter((bytes) => typeAt(bytes) === 2)
  if (answers.length !== 1) throw new Error(`${answers.length} answers: ${answers.map(formatHex).join(' ')}`)
  return errorAt(answers[0]!)
}

export const errorAt = (bytes: Uint8Array): number => u32(bytes, 16) | 0
export const typeAt = (bytes: Uint8Array): number => bytes[4]! | (bytes[5]! << 8)
