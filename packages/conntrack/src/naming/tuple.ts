import {
  hasKeys,
  type IpProtocolName,
  mirror,
  parseAddress,
  ipProtocol as protocols,
  type Tuple,
  type TupleEnd,
} from '@nfkit/inet'
import { decode, EncodeError, whole } from '@nfkit/netlink-codec'
import {
  conntrack,
  Flow,
  type TupleAttrs,
  type TupleIp,
  type TupleProto,
  tuple as tupleTable,
} from '@nfkit/netlink-codec/conntrack'
import { family as families } from '@nfkit/netlink-codec/nfnetlink'
import { assertKeys, type Keys, meaningOf } from '../known.ts'

/** Families the table has. */
export type FamilyName = 'ipv4' | 'ipv6'

/** One direction of a connection: what names an entry of its zone. */
export interface ZonedTuple extends Tuple {
  /** Follows from the addresses; say it only to have it checked. */
  readonly family?: FamilyName | undefined
  /** Zone of the connection; 0, the default one, when absent. */
  readonly zone?: number | undefined
}

/** A tuple as messages carry it. */
export interface EncodedTuple {
  /** `nfgen_family`. */
  readonly family: number
  readonly tuple: TupleAttrs
}

/** Layer-4 number of a protocol. Throws `EncodeError` for a name there is not. */
export function protocolNumber(protocol: IpProtocolName | number): number {
  if (typeof protocol === 'number') return whole(protocol, 0xff, 'CTA_PROTO_NUM')
  return meaningOf(protocol, protocols, 'CTA_PROTO_NUM', 'protocol')
}

/** `nfgen_family`. Throws `EncodeError` for a name there is not. */
export function familyNumber(family: FamilyName): number {
  return meaningOf(family, { ipv4: families.ipv4, ipv6: families.ipv6 }, 'nfgen_family', 'family')
}

const keys: Keys<ZonedTuple> = {
  family: true,
  protocol: true,
  source: true,
  destination: true,
  icmp: true,
  zone: true,
}
const endKeys: Keys<TupleEnd> = { address: true, port: true }

/** Throws `EncodeError` for what the kernel would refuse with a bare `EINVAL`: mixed families, missing ports. */
export function encodeTuple(description: ZonedTuple): EncodedTuple {
  assertKeys(description, keys, 'ZonedTuple')
  assertKeys(description.source, endKeys, 'ZonedTuple source')
  assertKeys(description.destination, endKeys, 'ZonedTuple destination')
  const source = addressBytes(description.source.address)
  const destination = addressBytes(description.destination.address)
  if (source.length !== destination.length) throw new EncodeError('CTA_TUPLE_IP', 'the addresses are of two families')
  const family = source.length === 4 ? families.ipv4 : families.ipv6
  if (description.family !== undefined && familyNumber(description.family) !== family)
    throw new EncodeError('CTA_TUPLE_IP', `${description.source.address} is not of family ${description.family}`)
  const ip: TupleIp =
    source.length === 4 ? { v4Src: source, v4Dst: destination } : { v6Src: source, v6Dst: destination }
  return { family, tuple: { ip, proto: encodeProto(description) } }
}

/** The bytes of an address. Throws `EncodeError` when the text is none. */
export function addressBytes(text: string): Uint8Array {
  const bytes = typeof text === 'string' ? parseAddress(text) : undefined
  if (bytes === undefined) throw new EncodeError('CTA_TUPLE_IP', `"${text}" is neither an IPv4 nor an IPv6 address`)
  return bytes
}

function encodeProto({ protocol, source, destination, icmp }: ZonedTuple): TupleProto {
  const num = protocolNumber(protocol)
  const ported = source.port !== undefined || destination.port !== undefined
  if (ported && !hasKeys(num)) throw new EncodeError('CTA_TUPLE_PROTO', `${protocol} has no ports`)
  if (num === protocols.icmp || num === protocols.icmpv6) {
    if (icmp === undefined) throw new EncodeError('CTA_TUPLE_PROTO', `${protocol} needs icmp: { type, code, id }`)
    assertKeys(icmp, { type: true, code: true, id: true }, 'ZonedTuple icmp')
    return num === protocols.icmp
      ? { num, icmpId: icmp.id, icmpType: icmp.type, icmpCode: icmp.code }
      : { num, icmpv6Id: icmp.id, icmpv6Type: icmp.type, icmpv6Code: icmp.code }
  }
  if (icmp !== undefined) throw new EncodeError('CTA_TUPLE_PROTO', `${protocol} has no icmp: { type, code, id }`)
  if (!hasKeys(num)) return { num }
  if (source.port === undefined || destination.port === undefined)
    throw new EncodeError('CTA_TUPLE_PROTO', `${protocol} needs a source and a destination port`)
  return { num, srcPort: source.port, dstPort: destination.port }
}

/** The reply direction of a connection without address translation. The kernel refuses ICMP that is never answered, with its reason. */
export function replyTo(original: ZonedTuple): ZonedTuple {
  return mirror(original) ?? { ...original, source: original.destination, destination: original.source }
}

/** A connection's original tuple, as the kernel sent it: with the zone of its direction, if it has one. */
export function tupleOf(flow: Flow): EncodedTuple {
  const attrs = flow.attrs.nest(conntrack.rows.tupleOrig)
  if (attrs === undefined) throw new EncodeError('CTA_TUPLE_ORIG', 'the flow has no original tuple')
  return { family: flow.family, tuple: decode(tupleTable, attrs.bytes, attrs.start, attrs.end) }
}

export const isFlow = (target: Flow | ZonedTuple): target is Flow => target instanceof Flow
