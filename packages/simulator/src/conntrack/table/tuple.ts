import { formatAddress, formatTuple, hasKeys, hasPorts, icmpAnswer, ipProtocol, isIcmp } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import type { TupleAttrs } from '@nfkit/netlink-codec/conntrack'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Layout } from '../../layout.ts'

/** One direction of a connection (struct nf_conntrack_tuple). */
export interface Tuple {
  /** 2 or 10. */
  readonly family: number
  readonly source: Uint8Array
  readonly destination: Uint8Array
  /** Layer-4 protocol number. */
  readonly protocol: number
  /** Source port, GRE key, or ICMP identifier. */
  readonly from: number
  /** Destination port, GRE key, or ICMP type × 256 + code. */
  readonly to: number
}

/** The tuple of packets in the other direction; `undefined` for what is never answered. */
export function inverse(tuple: Tuple): Tuple | undefined {
  const { family: of, source, destination, protocol: number, from, to } = tuple
  if (!isIcmp(number))
    return { family: of, source: destination, destination: source, protocol: number, from: to, to: from }
  const answer = icmpAnswer(number, to >> 8)
  if (answer === undefined) return undefined
  return {
    family: of,
    source: destination,
    destination: source,
    protocol: number,
    from,
    to: (answer << 8) | (to & 0xff),
  }
}

/** The tuple a packet has, at `start` of `bytes`; `undefined` when it has none, as later fragments. */
export function tupleOf(bytes: Uint8Array, layout: Layout, start = 0): Tuple | undefined {
  if (layout.laterFragment) return undefined
  const v4 = layout.family === family.ipv4
  const [source, destination, end] = v4 ? [12, 16, 20] : [8, 24, 40]
  const at = start + layout.transport
  const number = layout.protocol
  let from = 0
  let to = 0
  if (isIcmp(number)) {
    if (at + 6 > bytes.length) return undefined
    from = be16(bytes, at + 4)
    to = be16(bytes, at)
  } else if (hasPorts(number)) {
    if (at + 4 > bytes.length) return undefined
    from = be16(bytes, at)
    to = be16(bytes, at + 2)
  }
  return {
    family: layout.family,
    source: bytes.slice(start + source, start + destination),
    destination: bytes.slice(start + destination, start + end),
    protocol: number,
    from,
    to,
  }
}

/** A string two tuples share when they are equal, and their zones are. */
export function keyOf(tuple: Tuple, zone: number): string {
  const { source: s, destination: d, protocol: number, from, to } = tuple
  if (tuple.family === family.ipv4) {
    return String.fromCharCode(
      (s[0]! << 8) | s[1]!,
      (s[2]! << 8) | s[3]!,
      (d[0]! << 8) | d[1]!,
      (d[2]! << 8) | d[3]!,
      from,
      to,
      number,
      zone,
    )
  }
  return String.fromCharCode(...s, ...d, from, to, number, zone)
}

/** The nest CTA_TUPLE_* of a tuple; `zone` only where it holds for this direction alone. */
export function attributesOf(tuple: Tuple, zone?: number): TupleAttrs {
  const { source, destination, protocol: num, from, to } = tuple
  const v4 = tuple.family === family.ipv4
  return {
    ip: v4 ? { v4Src: source, v4Dst: destination } : { v6Src: source, v6Dst: destination },
    proto: protoOf(num, from, to),
    zone,
  }
}

function protoOf(num: number, from: number, to: number): TupleAttrs['proto'] {
  if (num === ipProtocol.icmp) return { num, icmpId: from, icmpType: to >> 8, icmpCode: to & 0xff }
  if (num === ipProtocol.icmpv6) return { num, icmpv6Id: from, icmpv6Type: to >> 8, icmpv6Code: to & 0xff }
  return hasKeys(num) ? { num, srcPort: from, dstPort: to } : { num }
}

/** `tcp 10.0.0.1:40000 > 10.0.0.2:22`, for people. */
export function describe({ source, destination, protocol, from, to }: Tuple): string {
  const end = (address: Uint8Array, port: number) => ({
    address: formatAddress(address),
    port: hasKeys(protocol) ? port : undefined,
  })
  return formatTuple({ protocol, source: end(source, from), destination: end(destination, to) })
}
