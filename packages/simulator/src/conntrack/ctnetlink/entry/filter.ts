import { ipProtocol, isIcmp, sameAddress } from '@nfkit/inet'
import { errno, u16 } from '@nfkit/netlink-codec'
import { conntrack, filterFlags, filter as filterTable } from '@nfkit/netlink-codec/conntrack'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Attributes } from '../../../netlink/attributes.ts'
import type { Profile } from '../../../profile.ts'
import type { Connection } from '../../table/connection.ts'
import type { Tuple } from '../../table/tuple/tuple.ts'
import { defaultZone, type Zone } from '../../table/zone.ts'
import { filterPolicy } from '../policies.ts'
import { readTuple } from '../read-tuple.ts'

const { rows } = conntrack

/** Whether a connection is meant. */
export type Filter = (connection: Connection) => boolean

/** Whether a dump or flush filters at all: nothing else may be wrong with it then (ctnetlink_needs_filter). */
export function needsFilter(attributes: Attributes, of: number, profile: Profile): boolean {
  return (
    of !== 0 ||
    attributes.has(rows.mark) ||
    attributes.has(rows.filter) ||
    attributes.has(rows.status) ||
    (profile.zoneFilter && attributes.has(rows.zone))
  )
}

/** Build the filter of a dump or flush, or say why not (ctnetlink_alloc_filter). */
export function readFilter(attributes: Attributes, of: number, profile: Profile): Filter | number {
  const filters: Filter[] = []
  if (of !== 0) filters.push(({ original }) => original.family === of)
  const bits = readMark(attributes, filters) || readStatus(attributes, filters)
  if (bits) return bits
  const id = attributes.be16(rows.zone)
  if (profile.zoneFilter && id !== undefined) filters.push(({ zone }) => zone.id === id)
  if (attributes.has(rows.filter)) {
    const failed = readTuples(attributes, of, profile, filters)
    if (failed) return failed
  }
  return (connection) => filters.every((holds) => holds(connection))
}

function readMark(attributes: Attributes, filters: Filter[]): number {
  const value = attributes.be32(rows.mark)
  if (value === undefined) return attributes.has(rows.markMask) ? errno.EINVAL : 0
  const mask = attributes.be32(rows.markMask) ?? 0xffff_ffff
  filters.push((connection) => (connection.mark & mask) >>> 0 === value)
  return 0
}

function readStatus(attributes: Attributes, filters: Filter[]): number {
  const value = attributes.be32(rows.status)
  if (value === undefined) return attributes.has(rows.statusMask) ? errno.EINVAL : 0
  const mask = attributes.be32(rows.statusMask) ?? value
  if (mask === 0) return errno.EINVAL
  filters.push((connection) => (connection.status & mask) >>> 0 === value)
  return 0
}

/** CTA_FILTER is parsed strictly, unlike everything else. */
function readTuples(attributes: Attributes, of: number, profile: Profile, filters: Filter[]): number {
  if (!strict(attributes)) return errno.EINVAL
  const nest = attributes.nest(rows.filter, filterPolicy)
  if (typeof nest === 'number') return nest
  const zone: Zone = { id: attributes.be16(rows.zone) ?? 0, direction: defaultZone.direction }
  for (const [flags, row, reply] of [
    [nest.u32(filterTable.rows.origFlags) ?? 0, rows.tupleOrig, false],
    [nest.u32(filterTable.rows.replyFlags) ?? 0, rows.tupleReply, true],
  ] as const) {
    if (flags === 0) continue
    if (!attributes.has(row)) return errno.EINVAL
    const read = readTuple(attributes, row, of, zone, profile, flags)
    if (typeof read === 'number') return read
    const { tuple } = read
    filters.push((connection) => matches(connection.tuple(reply), tuple, flags, profile))
  }
  return 0
}

function strict({ bytes, at }: Attributes): boolean {
  const start = at[rows.filter.id]!
  const end = start - 4 + u16(bytes, start - 4)
  if (!(u16(bytes, start - 2) & 0x8000)) return false
  let p = start
  while (p + 4 <= end) {
    if (u16(bytes, p) !== 8 || (u16(bytes, p + 2) & 0x3fff) > filterTable.byId.length - 1) return false
    p += 8
  }
  return p === end
}

function matches(tuple: Tuple, wanted: Tuple, flags: number, profile: Profile): boolean {
  // A kernel bug: equal IPv6 addresses are excluded.
  const inverted = tuple.family === family.ipv6 && profile.invertedIpv6Filter
  if (flags & filterFlags.ipSrc && sameAddress(tuple.source, wanted.source) === inverted) return false
  if (flags & filterFlags.ipDst && sameAddress(tuple.destination, wanted.destination) === inverted) return false
  if (flags & filterFlags.protoNum && tuple.protocol !== wanted.protocol) return false
  const number = tuple.protocol
  if (number === ipProtocol.tcp || number === ipProtocol.udp) {
    if (flags & filterFlags.protoSrcPort && tuple.from !== wanted.from) return false
    return !(flags & filterFlags.protoDstPort) || tuple.to === wanted.to
  }
  if (!isIcmp(number)) return true
  const shift = number === ipProtocol.icmp ? 0 : 3
  if (flags & (filterFlags.protoIcmpType << shift) && tuple.to >> 8 !== wanted.to >> 8) return false
  if (flags & (filterFlags.protoIcmpCode << shift) && (tuple.to & 0xff) !== (wanted.to & 0xff)) return false
  return !(flags & (filterFlags.protoIcmpId << shift)) || tuple.from === wanted.from
}
