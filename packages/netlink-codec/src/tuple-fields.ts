import type { Attrs } from './attrs.ts'
import { DecodeError } from './errors.ts'
import { tuple, tupleIp, tupleProto } from './families/conntrack.ts'
import { align, be16, dataView, getU16, typeMask } from './wire.ts'

/** What a tuple says, however it is laid out; -1 for what it does not. Addresses are places in the bytes. */
export interface TupleFields {
  source: number
  destination: number
  addressSize: number
  protocol: number
  /** Ports, or what ICMP has in their place: its identifier is the source, type and code are the destination. */
  from: number
  to: number
  code: number
  zone: number
}

const ip = tupleIp.rows
const proto = tupleProto.rows

/** Walk one tuple nest. Throws `DecodeError`. */
export function tupleFields(attrs: Attrs): TupleFields {
  const fields = { source: -1, destination: -1, addressSize: 0, protocol: -1, from: -1, to: -1, code: -1, zone: -1 }
  const { bytes } = attrs
  for (let p = attrs.start; p + 4 <= attrs.end; p = next(bytes, p, attrs.end)) {
    const end = ended(bytes, p, attrs.end)
    switch (getU16(dataView(bytes), p + 2) & typeMask) {
      case tuple.rows.ip.id:
        for (let q = p + 4; q + 4 <= end; q = next(bytes, q, end)) readIp(fields, bytes, q, ended(bytes, q, end))
        break
      case tuple.rows.proto.id:
        for (let q = p + 4; q + 4 <= end; q = next(bytes, q, end)) readProto(fields, bytes, q, ended(bytes, q, end))
        break
      case tuple.rows.zone.id:
        fields.zone = be16(bytes, payload(p, end, 2))
        break
    }
  }
  return fields
}

function readIp(fields: TupleFields, bytes: Uint8Array, p: number, end: number): void {
  const id = getU16(dataView(bytes), p + 2) & typeMask
  if (id < ip.v4Src.id || id > ip.v6Dst.id) return
  fields.addressSize = id <= ip.v4Dst.id ? 4 : 16
  const at = payload(p, end, fields.addressSize)
  if (id === ip.v4Src.id || id === ip.v6Src.id) fields.source = at
  else fields.destination = at
}

function readProto(fields: TupleFields, bytes: Uint8Array, p: number, end: number): void {
  switch (getU16(dataView(bytes), p + 2) & typeMask) {
    case proto.num.id:
      fields.protocol = bytes[payload(p, end, 1)]!
      break
    case proto.srcPort.id:
    case proto.icmpId.id:
    case proto.icmpv6Id.id:
      fields.from = be16(bytes, payload(p, end, 2))
      break
    case proto.dstPort.id:
      fields.to = be16(bytes, payload(p, end, 2))
      break
    case proto.icmpType.id:
    case proto.icmpv6Type.id:
      fields.to = bytes[payload(p, end, 1)]!
      break
    case proto.icmpCode.id:
    case proto.icmpv6Code.id:
      fields.code = bytes[payload(p, end, 1)]!
      break
  }
}

/** Where the attribute at `p` ends, padding left out. */
function ended(bytes: Uint8Array, p: number, end: number): number {
  const length = getU16(dataView(bytes), p)
  if (length < 4 || p + length > end) throw new DecodeError('CTA_TUPLE', p, `length ${length} does not fit`)
  return p + length
}

const next = (bytes: Uint8Array, p: number, end: number): number => p + align(ended(bytes, p, end) - p)

function payload(p: number, end: number, size: number): number {
  if (end - p - 4 < size) throw new DecodeError('CTA_TUPLE', p, `${end - p - 4} bytes, expected ${size}`)
  return p + 4
}
