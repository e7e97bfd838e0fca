import { hasKeys, ipProtocol as protocols } from '@nfkit/inet'
import { EncodeError } from '@nfkit/netlink-codec'
import { type Conntrack, type Nat, status } from '@nfkit/netlink-codec/conntrack'
import { family as families } from '@nfkit/netlink-codec/nfnetlink'
import { assertKeys, type Keys } from '../known.ts'
import { addressBytes, encodeTuple, replyTo, type ZonedTuple } from '../naming/tuple.ts'
import { changeKeys, encodeChanges, type FlowChanges } from './update.ts'

/** An entry to make. */
export interface NewFlow extends FlowChanges {
  /** The tuple of the direction that opens the connection. */
  readonly original: ZonedTuple
  /** Where answers come from; the mirror of `original` by default. */
  readonly reply?: ZonedTuple | undefined
  /** Seconds until the entry expires; the kernel wants it. 0 makes an entry that is gone at once. */
  readonly timeoutSeconds: number
  /** The zone, of both directions or of one; that of `original` by default. */
  readonly zone?: number | ZoneOfDirection | undefined
  /** Address translation; the kernel derives the reply direction from it. */
  readonly nat?: { readonly source?: NatTarget | undefined; readonly destination?: NatTarget | undefined } | undefined
  /** Original tuple of the connection that expected this one. */
  readonly master?: ZonedTuple | undefined
}

/** A zone that holds for one direction only: the other is in the default zone. */
export type ZoneOfDirection =
  /** The zone of the original direction. */
  | { readonly original: number }
  /** The zone of the reply direction. */
  | { readonly reply: number }

/** The address or range, and the port or range, that take the original's place. */
export interface NatTarget {
  /** The address it is translated to; the old one stays when absent. */
  readonly address?: string | undefined
  /** The last address of a range. */
  readonly lastAddress?: string | undefined
  /** A port, an ICMP identifier, or a GRE key. */
  readonly port?: number | undefined
  /** The last port of a range. */
  readonly lastPort?: number | undefined
}

const keys: Keys<NewFlow> = {
  ...changeKeys,
  original: true,
  reply: true,
  timeoutSeconds: true,
  zone: true,
  nat: true,
  master: true,
}
const natKeys: Keys<NatTarget> = { address: true, lastAddress: true, port: true, lastPort: true }

/** Throws `EncodeError`. */
export function encodeNewFlow(flow: NewFlow): { readonly family: number; readonly attrs: Conntrack } {
  assertKeys(flow, keys, 'NewFlow')
  if (flow.nat !== undefined) assertKeys(flow.nat, { source: true, destination: true }, 'NewFlow nat')
  const { family, tuple } = encodeTuple(flow.original)
  const zones = zonesOf(flow)
  const sameFamily = (of: ZonedTuple, where: string, what: string) => {
    const encoded = encodeTuple(of)
    if (encoded.family !== family)
      throw new EncodeError(where, `${what} is of another family than the original direction`)
    if (of.zone !== undefined && of.zone !== (zones.both ?? 0))
      throw new EncodeError(where, `${what} cannot be in a zone of its own: say \`zone\` of the flow`)
    return encoded.tuple
  }
  const protocol = tuple.proto?.num ?? 0
  const reply = sameFamily(flow.reply ?? replyTo(flow.original), 'CTA_TUPLE_REPLY', 'the reply direction')
  const attrs = {
    tupleOrig: { ...tuple, zone: zones.original },
    tupleReply: { ...reply, zone: zones.reply },
    zone: zones.both,
    tupleMaster: flow.master && sameFamily(flow.master, 'CTA_TUPLE_MASTER', 'the master'),
    natSrc: flow.nat?.source && encodeNat(flow.nat.source, family, protocol, 'CTA_NAT_SRC'),
    natDst: flow.nat?.destination && encodeNat(flow.nat.destination, family, protocol, 'CTA_NAT_DST'),
    // A status given on creation must repeat that the entry is confirmed.
    ...encodeChanges(flow, { protocol, status: status.confirmed }),
  }
  return { family, attrs }
}

interface Zones {
  readonly both?: number | undefined
  readonly original?: number
  readonly reply?: number
}

/** The kernel takes one zone, of both directions or of one (ctnetlink_parse_tuple_zone). */
function zonesOf({ zone, original }: NewFlow): Zones {
  if (zone === undefined) return { both: original.zone }
  if (original.zone !== undefined && original.zone !== zone)
    throw new EncodeError('CTA_ZONE', '`zone` and `original.zone` differ: leave out one')
  if (typeof zone === 'number') return { both: zone }
  assertKeys<{ original?: number; reply?: number }>(zone, { original: true, reply: true }, 'NewFlow zone')
  if (Object.keys(zone).length !== 1)
    throw new EncodeError('CTA_TUPLE_ZONE', 'a zone is of both directions, as a number, or of one')
  return zone
}

function encodeNat(target: NatTarget, family: number, protocol: number, where: string): Nat {
  assertKeys(target, natKeys, 'NewFlow nat')
  const { address, lastAddress = address, port, lastPort = port } = target
  if ((address === undefined && lastAddress !== undefined) || (port === undefined && lastPort !== undefined))
    throw new EncodeError(where, 'the last of a range needs the first')
  if (address === undefined && port === undefined)
    throw new EncodeError(where, 'a translation needs an address or a port')
  if (port !== undefined && !hasKeys(protocol) && !identified.has(protocol))
    throw new EncodeError(where, 'the protocol has no ports to translate')
  const [first, last] = [address, lastAddress].map((text) => (text === undefined ? undefined : addressBytes(text)))
  const size = family === families.ipv6 ? 16 : 4
  if ([first, last].some((bytes) => bytes !== undefined && bytes.length !== size))
    throw new EncodeError(where, 'the translation is of another family than the original direction')
  const proto = port === undefined ? undefined : { portMin: port, portMax: lastPort }
  return size === 16 ? { v6Minip: first, v6Maxip: last, proto } : { v4Minip: first, v4Maxip: last, proto }
}

/** Protocols whose identifiers are translated as ports are. */
const identified: ReadonlySet<number> = new Set([protocols.icmp, protocols.icmpv6])
