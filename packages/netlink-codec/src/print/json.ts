import { ackAttrs } from '../families/netlink.ts'
import { decodeAck, echoedMessage } from '../message/ack.ts'
import { errnoName } from '../message/errno.ts'
import { flagNames } from '../message/flags.ts'
import { control, type Message, netfilterHeaderSize } from '../message/message.ts'
import { messageName, tableOf, verbOf } from '../message/registry.ts'
import { decode } from '../schema/decode.ts'
import type { Infer, Table, UnknownAttr } from '../schema/schema.ts'
import { chosen, type Type } from '../schema/type.ts'
import { formatAddress, formatHex } from '../wire/address.ts'
import { DecodeError } from '../wire/errors.ts'
import { offendingAttribute } from './offending.ts'

/** What `JSON.stringify` takes as it is. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * One message as plain data. The names are stable: those of the README. `request` is the one the message answers, for an error
 * that repeats only its header: the offending attribute is then named. Throws `DecodeError`.
 */
export function messageToJson(message: Message, request?: Uint8Array): JsonObject {
  const { type, sequence, portId } = message
  const head = { message: messageName(type), type, flags: flagNames(message.flags, verbOf(type)), sequence, portId }
  if (type === control.error || type === control.done) return { ...head, ...ackToJson(message, request) }
  if (type < 16 || message.end - message.start < netfilterHeaderSize) {
    return { ...head, payload: formatHex(message.payload) }
  }
  const { family, version, resourceId } = message
  const table = tableOf(type, message.flags)
  const { bytes, start, end } = message.attrs
  return { ...head, family, version, resourceId, attributes: toJson(table, decode(table, bytes, start, end)) }
}

/** Attributes as plain data, with the keys of their table: 64-bit numbers as decimal strings, bytes as hexadecimal strings. */
export function toJson<T extends Table>(table: T, value: Infer<T>): JsonObject {
  return attrsToJson(table, value as Record<string, unknown>)
}

function ackToJson(message: Message, request: Uint8Array | undefined): JsonObject {
  const ack = decodeAck(message)
  const { errno } = ack
  const said = { errno, error: errno === 0 ? null : errnoName(errno), extended: toJson(ackAttrs, ack.extended) }
  if (message.type === control.done) return said
  const attribute = offendingAttribute(message, ack, request) ?? null
  return { ...said, attribute, request: requestToJson(echoedMessage(message)) }
}

// What the kernel refused need not be decodable, and no kernel answers an answer.
function requestToJson(request: Message): JsonObject {
  try {
    if (request.type < 16) return { message: messageName(request.type), type: request.type }
    return messageToJson(request)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return { message: messageName(request.type), type: request.type, payload: formatHex(request.payload) }
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
    case 'u32':
      return value as number
    case 'be64':
    case 'u64':
      return String(value)
    case 'text':
      return value as string
    case 'bytes': {
      const table = chosen(type, siblings)
      if (table !== undefined) return attrsToJson(table, decode(table, value as Uint8Array))
      return type.show === 'address' ? formatAddress(value as Uint8Array) : formatHex(value as Uint8Array)
    }
    case 'nest':
      return attrsToJson(type.table!, value as Record<string, unknown>)
    case 'struct': {
      const fields = value as Record<string, unknown>
      const shown = type.fields.filter(({ key }) => key in fields)
      return Object.fromEntries(shown.map(({ key, type }) => [key, valueToJson(type, fields[key], fields)]))
    }
    default:
      return type.kind satisfies never
  }
}
