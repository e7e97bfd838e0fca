import { ackAttrs } from '../message/ack-attrs.ts'
import { messageFlags } from '../message/flags.ts'
import { control, headerSize, messageLength } from '../message/message.ts'
import { anyAttrs, attrsOffset, type Protocol, tableOf } from '../message/protocol.ts'
import { Attrs } from '../schema/attrs.ts'
import { maxDepth } from '../schema/decode.ts'
import type { Slot, Table, Type } from '../schema/shape.ts'
import { itemOf } from '../schema/type.ts'
import { align, nestedBit, typeMask, u16, u32 } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'

/**
 * A datagram recorded on a machine of the other byte order, as this machine would have seen it: a copy in which netlink headers,
 * attribute headers and the few host-order values are turned around. Throws `DecodeError`.
 */
export function toHostOrder(datagram: Uint8Array, protocol: Protocol): Uint8Array {
  const bytes = datagram.slice()
  for (let p = 0; p < bytes.length; ) {
    if (p + headerSize > bytes.length) throw new DecodeError('nlmsghdr', p, `${bytes.length - p} bytes, expected 16`)
    turnHeader(bytes, p)
    const length = messageLength(bytes, p, bytes.length)
    turnBody(protocol, bytes, p, p + length)
    p += align(length)
  }
  return bytes
}

function turnHeader(bytes: Uint8Array, p: number): void {
  turn(bytes, p, 4)
  turn(bytes, p + 4, 2)
  turn(bytes, p + 6, 2)
  turn(bytes, p + 8, 4)
  turn(bytes, p + 12, 4)
}

function turnBody(protocol: Protocol, bytes: Uint8Array, start: number, end: number): void {
  const type = u16(bytes, start + 4)
  const flags = u16(bytes, start + 6)
  const body = start + headerSize
  if (type === control.error) turnError(protocol, bytes, body, end, flags)
  else if (type === control.done) turnDone(bytes, body, end)
  else turnMessage(protocol, bytes, start, end)
}

function turnMessage(protocol: Protocol, bytes: Uint8Array, start: number, end: number): void {
  const [type, flags] = [u16(bytes, start + 4), u16(bytes, start + 6)]
  const attrs = start + attrsOffset(protocol, type, flags)
  if (attrs > end) return
  turnValue(protocol.headerOf(type, flags), bytes, start + headerSize)
  turnAttrs(tableOf(protocol, type, flags), bytes, attrs, end, 0)
}

function turnDone(bytes: Uint8Array, body: number, end: number): void {
  if (body + 4 > end) return
  turn(bytes, body, 4)
  turnAttrs(ackAttrs, bytes, body + 4, end, 0)
}

function turnError(protocol: Protocol, bytes: Uint8Array, body: number, end: number, flags: number): void {
  const request = body + 4
  if (request + headerSize > end) return
  turn(bytes, body, 4)
  turnHeader(bytes, request)
  let extended = request + headerSize
  const echoed = request + u32(bytes, request)
  if ((flags & messageFlags.capped) === 0 && echoed >= extended && echoed <= end) {
    // No kernel answers an answer: leave a message that claims so as it is.
    if (u16(bytes, request + 4) >= 16) turnBody(protocol, bytes, request, echoed)
    extended = align(echoed - request) + request
  }
  if ((flags & messageFlags.ackTlvs) !== 0) turnAttrs(ackAttrs, bytes, extended, end, 0)
}

/** First every header of a run, then what is inside: which table a nest follows may depend on a later neighbour. */
function turnAttrs(table: Table, bytes: Uint8Array, start: number, end: number, depth: number, only?: Slot): void {
  if (depth > maxDepth) throw new DecodeError(table.name, start, `nested deeper than ${maxDepth}`)
  for (let p = start; p + 4 <= end; ) {
    turn(bytes, p, 2)
    turn(bytes, p + 2, 2)
    const length = u16(bytes, p)
    if (length < 4 || p + length > end) throw new DecodeError(table.name, p, `length ${length} does not fit`)
    p += align(length)
  }
  const siblings = new Attrs(bytes, start, end)
  for (let p = start; p + 4 <= end; p += align(u16(bytes, p))) {
    const id = u16(bytes, p + 2)
    const type = (only ?? table.byId[id & typeMask])?.attr.type
    // Of a nest without a row only the headers can be turned.
    const nested = type === undefined ? id & nestedBit && anyAttrs : siblings.tableOf(type)
    if (nested) turnAttrs(nested, bytes, p + 4, p + u16(bytes, p), depth + 1, type && itemOf(type))
    else if (type !== undefined && u16(bytes, p) >= 4 + type.size) turnValue(type, bytes, p + 4)
  }
}

/** A number in host order, or those in a struct. */
function turnValue({ kind, size, fields }: Type<unknown>, bytes: Uint8Array, p: number): void {
  if (kind === 'u32' || kind === 'u64') turn(bytes, p, size)
  for (const field of fields) turnValue(field.type, bytes, p + field.at)
}

const turn = (bytes: Uint8Array, p: number, n: number): void => {
  bytes.subarray(p, p + n).reverse()
}
