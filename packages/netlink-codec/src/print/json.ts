import { formatAddress, formatHex } from '@nfkit/inet'
import { decodeAck, echoedMessage } from '../message/ack.ts'
import { ackAttrs } from '../message/ack-attrs.ts'
import { errnoName } from '../message/errno.ts'
import { flagNames } from '../message/flags.ts'
import { control, headerSize, type Message } from '../message/message.ts'
import { attrsOf, attrsOffset, messageName, type Protocol, tableOf, verbOf } from '../message/protocol.ts'
import { decode, read } from '../schema/decode.ts'
import type { Infer, Table, Type, UnknownAttr } from '../schema/shape.ts'
import { chosen, entryOf } from '../schema/type.ts'
import { DecodeError } from '../wire/errors.ts'
import { offendingAttribute } from './offending.ts'

/** What `JSON.stringify` takes as it is. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
/** An object as JSON has it. */
export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * One message as plain data, with names as far as `protocol` has its family. The names are stable: those of the README. `request` is
 * the one the message answers, for an error that repeats only its header: the offending attribute is then named. Throws `DecodeError`.
 *
 * @example
 * import { Message, messageFlags, messageToJson } from '@nfkit/netlink-codec'
 * import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
 * import { encodeMessage, netfilter } from '@nfkit/netlink-codec/nfnetlink'
 *
 * const bytes = encodeMessage({ type: conntrackMessage.get.type, flags: messageFlags.request }, conntrack, { mark: 7 })
 * const json = messageToJson(new Message(bytes, 0, bytes.length), netfilter(conntrackMessage))
 * console.log(JSON.stringify(json.attributes)) // {"mark":7}
 */
export function messageToJson(message: Message, protocol: Protocol, request?: Uint8Array): JsonObject {
  const { type, sequence, portId } = message
  const flags = flagNames(message.flags, verbOf(protocol, type))
  const head = { message: messageName(protocol, type), type, flags, sequence, portId }
  if (type === control.error || type === control.done) return { ...head, ...ackToJson(message, protocol, request) }
  if (type < 16 || message.end - message.start < attrsOffset(protocol, type, message.flags)) {
    return { ...head, payload: formatHex(message.payload) }
  }
  const table = tableOf(protocol, type, message.flags)
  const { bytes, start, end } = attrsOf(protocol, message)
  return {
    ...head,
    ...headerToJson(message, protocol),
    attributes: toJson(table, decode(table, bytes, start, end)),
  }
}

/** Attributes as plain data, with the keys of their table: 64-bit numbers as decimal strings, bytes as hexadecimal strings. */
export function toJson<T extends Table>(table: T, value: Infer<T>): JsonObject {
  return attrsToJson(table, value as Record<string, unknown>)
}

function headerToJson({ bytes, start, type, flags }: Message, protocol: Protocol): JsonObject {
  const header = protocol.headerOf(type, flags)
  return valueToJson(header, read(header, bytes, start + headerSize, header.size, 0), {}) as JsonObject
}

function ackToJson(message: Message, protocol: Protocol, request: Uint8Array | undefined): JsonObject {
  const ack = decodeAck(message)
  const { errno } = ack
  const said = { errno, error: errno === 0 ? null : errnoName(errno), extended: toJson(ackAttrs, ack.extended) }
  if (message.type === control.done) return said
  const attribute = offendingAttribute(message, ack, protocol, request) ?? null
  return { ...said, attribute, request: requestToJson(echoedMessage(message), protocol) }
}

// A refused request need not be decodable, and no kernel answers an answer.
function requestToJson(request: Message, protocol: Protocol): JsonObject {
  try {
    if (request.type < 16) return { message: messageName(protocol, request.type), type: request.type }
    return messageToJson(request, protocol)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return { message: messageName(protocol, request.type), type: request.type, payload: formatHex(request.payload) }
  }
}

function attrsToJson(table: Table, value: { readonly [key: string]: unknown }): JsonObject {
  const out: { [key: string]: Json } = {}
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    const type = table.rows[key]?.type
    if (type === undefined)
      out[key] = (item as readonly UnknownAttr[]).map(({ id, bytes }) => ({ id, bytes: formatHex(bytes) }))
    else out[key] = valueToJson(type, item, value)
  }
  return out
}

function valueToJson(type: Type<unknown>, value: unknown, siblings: { readonly [key: string]: unknown }): Json {
  switch (type.kind) {
    case 'u8':
    case 'be16':
    case 'be32':
    case 'sbe32':
    case 'u32':
      return value as number
    case 'word':
      return value as string | number
    case 'be64':
    case 'u64':
      return String(value)
    case 'text':
      return value as string
    case 'bytes':
      return type.show === 'address' ? formatAddress(value as Uint8Array) : formatHex(value as Uint8Array)
    case 'nest':
      return attrsToJson(type.table ?? chosen(type, siblings)!, value as Record<string, unknown>)
    case 'list':
      return (value as readonly unknown[]).map((one) => {
        const entry = attrsToJson(type.table!, entryOf(type, one))
        return type.item === undefined ? entry : entry[type.item]!
      })
    case 'struct': {
      const fields = value as Record<string, unknown>
      const shown = type.fields.filter(({ key }) => key in fields)
      return Object.fromEntries(shown.map(({ key, type }) => [key, valueToJson(type, fields[key], fields)]))
    }
    default:
      return type.kind satisfies never
  }
}
