import { ipProtocol, isIcmp } from '@nfkit/inet'
import type { Writer } from '@nfkit/netlink-codec'
import { tuple as nest, type TupleAttrs, tupleIp, tupleProto } from '@nfkit/netlink-codec/conntrack'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { write8, write16, writeBytes } from '../../../netlink/write.ts'
import type { Tuple } from './tuple.ts'

/** The nest CTA_TUPLE_* of a tuple; `zone` only where it holds for this direction alone. */
export function attributesOf(tuple: Tuple, zone?: number): TupleAttrs {
  const { source, destination } = tuple
  const v4 = tuple.family === family.ipv4
  return {
    ip: v4 ? { v4Src: source, v4Dst: destination } : { v6Src: source, v6Dst: destination },
    proto: protoOf(tuple),
    zone,
  }
}

function protoOf({ protocol: num, from, to, ported }: Tuple): TupleAttrs['proto'] {
  if (num === ipProtocol.icmp) return { num, icmpId: from, icmpType: to >> 8, icmpCode: to & 0xff }
  if (num === ipProtocol.icmpv6) return { num, icmpv6Id: from, icmpv6Type: to >> 8, icmpv6Code: to & 0xff }
  return ported ? { num, srcPort: from, dstPort: to } : { num }
}

/**
 * The same, encoded. Every queued packet says two of them, which are most of what it says of its connection: objects in between would take longer
 * than the rest.
 */
export function writeTuple(writer: Writer, id: number, tuple: Tuple, zone?: number): void {
  const at = writer.startNest(id)
  const rows = tuple.family === family.ipv4 ? ends.ipv4 : ends.ipv6
  const ip = writer.startNest(nest.rows.ip.id)
  writeBytes(writer, rows.source, tuple.source)
  writeBytes(writer, rows.destination, tuple.destination)
  writer.endNest(ip, nest.name)
  writeProtocol(writer, tuple)
  if (zone !== undefined) write16(writer, nest.rows.zone.id, zone)
  writer.endNest(at, nest.name)
}

const ends = {
  ipv4: { source: tupleIp.rows.v4Src.id, destination: tupleIp.rows.v4Dst.id },
  ipv6: { source: tupleIp.rows.v6Src.id, destination: tupleIp.rows.v6Dst.id },
} as const

const { num, srcPort, dstPort, icmpId, icmpType, icmpCode, icmpv6Id, icmpv6Type, icmpv6Code } = tupleProto.rows

function writeProtocol(writer: Writer, { protocol, from, to, ported }: Tuple): void {
  const at = writer.startNest(nest.rows.proto.id)
  write8(writer, num.id, protocol)
  if (isIcmp(protocol)) {
    const isIpv4 = protocol === ipProtocol.icmp
    write16(writer, (isIpv4 ? icmpId : icmpv6Id).id, from)
    write8(writer, (isIpv4 ? icmpType : icmpv6Type).id, to >> 8)
    write8(writer, (isIpv4 ? icmpCode : icmpv6Code).id, to & 0xff)
  } else if (ported) {
    write16(writer, srcPort.id, from)
    write16(writer, dstPort.id, to)
  }
  writer.endNest(at, nest.name)
}
