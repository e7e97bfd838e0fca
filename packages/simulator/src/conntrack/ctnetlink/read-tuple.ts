import { icmpAnswer, ipProtocol } from '@nfkit/inet'
import { errno } from '@nfkit/netlink-codec'
import { filterFlags, tupleIp, tupleProto, tuple as tupleTable } from '@nfkit/netlink-codec/conntrack'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Attributes, Row } from '../../netlink/attributes.ts'
import type { Profile } from '../../profile.ts'
import { isKeyed, type Tuple } from '../table/tuple/tuple.ts'
import type { Zone } from '../table/zone.ts'
import { icmpPolicy, icmpv6Policy, ipPolicy, portPolicy, protoPolicy, tuplePolicy } from './policies.ts'

/** All fields of a tuple: what requests that name one connection must give. */
export const allFields = 0xfff
const protoFields = allFields & ~(filterFlags.ipSrc | filterFlags.ipDst | filterFlags.tupleZone | filterFlags.protoNum)

/** A tuple that was read, and the zone it narrows the request's to. */
export interface ReadTuple {
  readonly tuple: Tuple
  readonly zone: Zone
}

const rows = tupleTable.rows
const noAddress = (of: number): Uint8Array => new Uint8Array(of === family.ipv4 ? 4 : 16)

/** Read a tuple's nest, or say with which errno the kernel refuses it (ctnetlink_parse_tuple_filter). `fields` are those needed. */
export function readTuple(
  attributes: Attributes,
  row: Row,
  of: number,
  zone: Zone | undefined,
  profile: Profile,
  fields = allFields,
): ReadTuple | number {
  const nest = attributes.nest(row, tuplePolicy)
  if (typeof nest === 'number') return nest
  if (of !== family.ipv4 && of !== family.ipv6) return errno.EOPNOTSUPP
  const addresses = readAddresses(nest, of, fields)
  if (typeof addresses === 'number') return addresses
  const proto = readProto(nest, fields, profile)
  if (typeof proto === 'number') return proto
  const narrowed = narrow(nest, zone, fields, row)
  if (typeof narrowed === 'number') return narrowed
  return { tuple: { family: of, ...addresses, ...proto }, zone: narrowed }
}

function readAddresses(nest: Attributes, of: number, fields: number): Pick<Tuple, 'source' | 'destination'> | number {
  const none = noAddress(of)
  if (!(fields & (filterFlags.ipSrc | filterFlags.ipDst))) return { source: none, destination: none }
  if (!nest.has(rows.ip)) return errno.EINVAL
  const ip = nest.nest(rows.ip, ipPolicy)
  if (typeof ip === 'number') return ip
  const v4 = of === family.ipv4
  const source = ip.payload(v4 ? tupleIp.rows.v4Src : tupleIp.rows.v6Src)?.subarray(0, none.length)
  const destination = ip.payload(v4 ? tupleIp.rows.v4Dst : tupleIp.rows.v6Dst)?.subarray(0, none.length)
  if (fields & filterFlags.ipSrc && !source) return errno.EINVAL
  if (fields & filterFlags.ipDst && !destination) return errno.EINVAL
  return { source: source ?? none, destination: destination ?? none }
}

type Proto = Pick<Tuple, 'protocol' | 'ported' | 'from' | 'to'>

const unported = (protocol: number): Proto => ({ protocol, ported: false, from: 0, to: 0 })

function readProto(nest: Attributes, fields: number, profile: Profile): Proto | number {
  if (!(fields & filterFlags.protoNum)) return fields & protoFields ? errno.EINVAL : unported(0)
  if (!nest.has(rows.proto)) return errno.EINVAL
  const proto = nest.nest(rows.proto, protoPolicy)
  if (typeof proto === 'number') return proto
  const number = proto.u8(tupleProto.rows.num)
  if (number === undefined) return errno.EINVAL
  if (number === ipProtocol.icmp) return readIcmp(nest, number, fields, false)
  if (number === ipProtocol.icmpv6) return readIcmp(nest, number, fields, true)
  return isKeyed(number, profile) ? readPorts(nest, number, fields) : unported(number)
}

function readPorts(nest: Attributes, number: number, fields: number): Proto | number {
  const proto = nest.nest(rows.proto, portPolicy)
  if (typeof proto === 'number') return proto
  const from = proto.be16(tupleProto.rows.srcPort)
  const to = proto.be16(tupleProto.rows.dstPort)
  if (fields & filterFlags.protoSrcPort && from === undefined) return errno.EINVAL
  if (fields & filterFlags.protoDstPort && to === undefined) return errno.EINVAL
  return { protocol: number, ported: true, from: from ?? 0, to: to ?? 0 }
}

function readIcmp(nest: Attributes, number: number, fields: number, v6: boolean): Proto | number {
  const proto = nest.nest(rows.proto, v6 ? icmpv6Policy : icmpPolicy)
  if (typeof proto === 'number') return proto
  const { icmpId, icmpType, icmpCode, icmpv6Id, icmpv6Type, icmpv6Code } = tupleProto.rows
  const id = proto.be16(v6 ? icmpv6Id : icmpId)
  const type = proto.u8(v6 ? icmpv6Type : icmpType)
  const code = proto.u8(v6 ? icmpv6Code : icmpCode)
  const shift = v6 ? 3 : 0
  if (fields & (filterFlags.protoIcmpType << shift)) {
    if (type === undefined || icmpAnswer(number, type) === undefined) return errno.EINVAL
  }
  if (fields & (filterFlags.protoIcmpCode << shift) && code === undefined) return errno.EINVAL
  if (fields & (filterFlags.protoIcmpId << shift) && id === undefined) return errno.EINVAL
  return { protocol: number, ported: false, from: id ?? 0, to: ((type ?? 0) << 8) | (code ?? 0) }
}

/** CTA_TUPLE_ZONE: the zone of this direction only, which a zone of both excludes. */
function narrow(nest: Attributes, zone: Zone | undefined, fields: number, row: Row): Zone | number {
  const id = nest.be16(rows.zone)
  const whole: Zone = zone ?? { id: 0, direction: 'both' }
  if (!(fields & filterFlags.tupleZone) || id === undefined) return whole
  if (zone === undefined || zone.id !== 0) return errno.EINVAL
  return { id, direction: row.id === 2 ? 'reply' : 'original' }
}
