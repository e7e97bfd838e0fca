import { tuple, tupleIp, tupleProto } from '../conntrack/tuple.ts'
import { DecodeError } from '../wire/errors.ts'
import { walk } from '../wire/layout.ts'

/** Offsets of a tuple's values from its first attribute; -1 when absent. */
export interface TupleLayout {
  /** The source address. */
  source: number
  /** The destination address. */
  destination: number
  /** 4 or 16. */
  addressSize: number
  /** The layer-4 protocol number, one byte. */
  protocol: number
  /** The source port, or GRE key, 16 bits in network order. */
  sourcePort: number
  /** The destination port, or GRE key, 16 bits in network order. */
  destinationPort: number
  /** The ICMP or ICMPv6 identifier, 16 bits in network order. */
  icmpId: number
  /** The ICMP or ICMPv6 type, one byte. */
  icmpType: number
  /** The ICMP or ICMPv6 code, one byte. */
  icmpCode: number
  /** The zone of this direction, 16 bits in network order. */
  zone: number
}

type Place = Exclude<keyof TupleLayout, 'addressSize'>
type Places = ReadonlyMap<number, { readonly place: Place; readonly size: number }>

const places = (rows: readonly (readonly [{ readonly id: number }, Place, number])[]): Places =>
  new Map(rows.map(([{ id }, place, size]) => [id, { place, size }]))

const { v4Src, v4Dst, v6Src, v6Dst } = tupleIp.rows
const addresses = places([
  [v4Src, 'source', 4],
  [v4Dst, 'destination', 4],
  [v6Src, 'source', 16],
  [v6Dst, 'destination', 16],
])
const proto = tupleProto.rows
const identity = places([
  [proto.num, 'protocol', 1],
  [proto.srcPort, 'sourcePort', 2],
  [proto.dstPort, 'destinationPort', 2],
  [proto.icmpId, 'icmpId', 2],
  [proto.icmpType, 'icmpType', 1],
  [proto.icmpCode, 'icmpCode', 1],
  [proto.icmpv6Id, 'icmpId', 2],
  [proto.icmpv6Type, 'icmpType', 1],
  [proto.icmpv6Code, 'icmpCode', 1],
])
const zone = places([[tuple.rows.zone, 'zone', 2]])

/** Walk one tuple nest, `bytes[start, end)`. Throws `DecodeError`. */
export function tupleLayout(bytes: Uint8Array, start: number, end: number): TupleLayout {
  const layout: TupleLayout = {
    source: -1,
    destination: -1,
    addressSize: 0,
    protocol: -1,
    sourcePort: -1,
    destinationPort: -1,
    icmpId: -1,
    icmpType: -1,
    icmpCode: -1,
    zone: -1,
  }
  const locate = (wanted: Places, id: number, p: number, length: number) => {
    const found = wanted.get(id)
    if (found === undefined) return
    const { place, size } = found
    if (length - 4 < size) throw new DecodeError('CTA_TUPLE', p, `${length - 4} bytes, expected ${size}`)
    layout[place] = p + 4 - start
    if (wanted === addresses) layout.addressSize = size
  }
  walk('CTA_TUPLE', bytes, start, end, (id, p, length) => {
    const nest = id === tuple.rows.ip.id ? addresses : id === tuple.rows.proto.id ? identity : undefined
    if (nest === undefined) locate(zone, id, p, length)
    else walk('CTA_TUPLE', bytes, p + 4, p + length, (id, p, length) => locate(nest, id, p, length))
  })
  return layout
}
