import { formatAddress, formatHardwareAddress, formatHex } from '@nfkit/inet'
import { decodeAck, echoedMessage } from '../message/ack.ts'
import { ackAttrs } from '../message/ack-attrs.ts'
import { errnoName } from '../message/errno.ts'
import { bitNames, flagNames } from '../message/flags.ts'
import { control, headerSize, type Message } from '../message/message.ts'
import { attrsOf, attrsOffset, messageName, type Protocol, tableOf, verbOf } from '../message/protocol.ts'
import { decode, read } from '../schema/decode.ts'
import type { Infer, Names, Table, Type, UnknownAttr } from '../schema/shape.ts'
import { constant } from '../schema/table.ts'
import { chosen, entryOf, isPad, nameIn } from '../schema/type.ts'
import { DecodeError } from '../wire/errors.ts'
import { offendingAttribute } from './offending.ts'
import { printable } from './printable.ts'

/**
 * One message as a tree of lines, with the kernel's names as far as `protocol` has its family. `request` is the one the message
 * answers, for an error that repeats only its header: the offending attribute is then named. Throws `DecodeError`.
 *
 * @example
 * import { format, Message, messageFlags } from '@nfkit/netlink-codec'
 * import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
 * import { encodeMessage, netfilter } from '@nfkit/netlink-codec/nfnetlink'
 *
 * const bytes = encodeMessage({ type: conntrackMessage.get.type, flags: messageFlags.request }, conntrack, { mark: 7 })
 * const [head] = format(new Message(bytes, 0, bytes.length), netfilter(conntrackMessage)).split('\n')
 * console.log(head?.split('  ')[0]) // IPCTNL_MSG_CT_GET
 */
export function format(message: Message, protocol: Protocol, request?: Uint8Array): string {
  const { type, sequence, portId } = message
  const flags = flagNames(message.flags, verbOf(protocol, type)).join('|') || '0'
  const head = `${messageName(protocol, type)}  flags ${flags}  seq ${sequence}  port ${portId}`
  if (type === control.error || type === control.done)
    return [head, ...indent(ackLines(message, protocol, request))].join('\n')
  if (type < 16 || message.end - message.start < attrsOffset(protocol, type, message.flags)) {
    return message.payload.length === 0 ? head : `${head}\n  ${formatHex(message.payload)}`
  }
  const table = tableOf(protocol, type, message.flags)
  const { bytes, start, end } = attrsOf(protocol, message)
  const lines = attrLines(table, decode(table, bytes, start, end))
  return [`${head}  ${headerLine(message, protocol)}`, ...indent(lines)].join('\n')
}

/** The attributes of one run as a tree of lines. */
export function formatAttrs<T extends Table>(table: T, value: Infer<T>): string {
  return attrLines(table, value as Record<string, unknown>).join('\n')
}

function headerLine({ bytes, start, type, flags }: Message, protocol: Protocol): string {
  const header = protocol.headerOf(type, flags)
  return formatValue(header, read(header, bytes, start + headerSize, header.size, 0))
}

function ackLines(message: Message, protocol: Protocol, request: Uint8Array | undefined): string[] {
  const ack = decodeAck(message)
  const lines = [ack.errno === 0 ? 'success' : `error ${errnoName(ack.errno)} (${ack.errno})`]
  lines.push(...attrLines(ackAttrs, ack.extended))
  if (message.type === control.done) return lines
  const blamed = offendingAttribute(message, ack, protocol, request)
  if (blamed !== undefined) lines.push(`offending attribute ${blamed}`)
  return [...lines, 'request', ...indent(requestLines(echoedMessage(message), protocol))]
}

// A refused request need not be decodable, and no kernel answers an answer.
function requestLines(request: Message, protocol: Protocol): string[] {
  try {
    if (request.type < 16) return [messageName(protocol, request.type)]
    return format(request, protocol).split('\n')
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return [`${messageName(protocol, request.type)}  seq ${request.sequence}`, `  ${formatHex(request.payload)}`]
  }
}

function attrLines(table: Table, value: { readonly [key: string]: unknown }): string[] {
  const lines: string[] = []
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    const row = table.rows[key]
    if (row !== undefined) {
      const name = table.byId[row.id]!.name
      const inside = nested(row.type, item, value)
      if (inside === undefined) lines.push(`${name} ${formatValue(row.type, item)}`)
      else lines.push(name, ...indent(inside))
    } else {
      for (const { id, bytes } of item as readonly UnknownAttr[]) lines.push(`${table.name}(${id}) ${formatHex(bytes)}`)
    }
  }
  return lines
}

/** The lines inside a nest, or `undefined` when the attribute is none. */
function nested(
  type: Type<unknown>,
  item: unknown,
  siblings: { readonly [key: string]: unknown },
): string[] | undefined {
  const table = type.table ?? chosen(type, siblings)
  if (table === undefined) return undefined
  if (type.kind !== 'list') return attrLines(table, item as Record<string, unknown>)
  return (item as readonly unknown[]).flatMap((one) => attrLines(table, entryOf(type, one)))
}

/** One value that is not a nest, as `format` prints it. */
function formatValue(type: Type<unknown>, value: unknown): string {
  switch (type.show) {
    case 'number':
      return String(value)
    case 'hex':
      return `0x${(value as number).toString(16)}`
    case 'names':
      return nameOf(value as number | string, type.names)
    case 'bits':
      return `${bitNames(value as number, type.names).join('|') || '0'} (0x${(value as number).toString(16)})`
    case 'address':
      return formatAddress(value as Uint8Array)
    case 'hardware address':
      return formatHardwareAddress(value as Uint8Array)
    case 'bytes':
      return formatHex(value as Uint8Array)
    case 'text':
      return `"${printable((value as string).replace(/["\\]/g, '\\$&'))}"`
    case 'fields':
      return type.fields
        .filter((field) => !isPad(field))
        .map(({ key, type }) => `${key} ${formatValue(type, (value as Record<string, unknown>)[key])}`)
        .join(', ')
    default:
      return type.show satisfies never
  }
}

function nameOf(value: number | string, names: Names): string {
  if (typeof value === 'string') return `${constant(value)} (${names[value]})`
  const key = nameIn(names, value)
  return key === undefined ? String(value) : `${constant(key)} (${value})`
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)
