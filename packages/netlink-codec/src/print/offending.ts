import { type Ack, echoedRequest } from '../message/ack.ts'
import { headerSize, type Message } from '../message/message.ts'
import { attrsOffset, type Protocol, tableOf } from '../message/protocol.ts'
import type { Table } from '../schema/shape.ts'
import { align, typeMask, u16 } from '../wire/bytes.ts'

/** The kernel's name of the attribute that starts at `offset` of `request`, nests followed; `undefined` when none does. */
export function attributeAt(request: Uint8Array, offset: number, protocol: Protocol): string | undefined {
  if (request.length < headerSize) return undefined
  const [type, flags] = [u16(request, 4), u16(request, 6)]
  return find(tableOf(protocol, type, flags), request, attrsOffset(protocol, type, flags), request.length, offset)
}

/**
 * The kernel's name of the attribute an error blames, as `attributeAt` finds it in the request the error repeats. When it repeats
 * only the header, `request` must be given.
 */
export function offendingAttribute(
  message: Message,
  { extended }: Ack,
  protocol: Protocol,
  request?: Uint8Array,
): string | undefined {
  const given = echoedRequest(message) ?? request
  return given && extended.offs !== undefined ? attributeAt(given, extended.offs, protocol) : undefined
}

function find(table: Table, b: Uint8Array, start: number, end: number, offset: number): string | undefined {
  for (let p = start; p + 4 <= end && p <= offset; ) {
    const length = u16(b, p)
    if (length < 4 || p + length > end) return undefined
    const slot = table.byId[u16(b, p + 2) & typeMask]
    if (p === offset) return slot?.name ?? `${table.name} attribute ${u16(b, p + 2) & typeMask}`
    if (offset < p + length) return slot?.attr.type.table && find(slot.attr.type.table, b, p + 4, p + length, offset)
    p += align(length)
  }
  return undefined
}
