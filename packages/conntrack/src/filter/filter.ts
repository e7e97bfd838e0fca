import type { IpProtocolName, Masked } from '@nfkit/inet'
import { EncodeError, whole } from '@nfkit/netlink-codec'
import type { Flow, sctpState, tcpState } from '@nfkit/netlink-codec/conntrack'
import { assertKeys } from '../known.ts'
import type { StatusBits } from '../naming/status.ts'
import type { FamilyName } from '../naming/tuple.ts'

/** Conditions on one direction of a flow. */
export interface DirectionFilter {
  /** An address or a network: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`; with `!` in front, all others. */
  readonly source?: string | undefined
  /** The same of the destination. */
  readonly destination?: string | undefined
  /** A port, or the first and last of a range. */
  readonly sourcePort?: number | PortRange | undefined
  /** A port, or the first and last of a range. */
  readonly destinationPort?: number | PortRange | undefined
  /** Of ICMP and ICMPv6. A reply has a type of its own: 0 where the original has 8. */
  readonly icmp?: IcmpFilter | undefined
}

/** Which ICMP exchange; what is left out may be anything. */
export interface IcmpFilter {
  /** ICMP type: 8 is an echo request. */
  readonly type?: number | undefined
  /** ICMP code. */
  readonly code?: number | undefined
  /** Identifier of an echo or timestamp exchange. */
  readonly id?: number | undefined
}

/** Conditions on one direction, and its zone: that of the flow, or one that holds for this direction only. 0 is the default zone. */
export interface ZonedDirectionFilter extends DirectionFilter {
  /** Number of the zone. */
  readonly zone?: number | undefined
}

/**
 * Whether the kernel translates addresses or ports, of either end or of each: the source (SNAT, MASQUERADE), the destination (DNAT,
 * REDIRECT). An address or a network in place of `true` is what the end is translated to.
 */
export interface NatFilter {
  /** Whether, or to what, the source is translated. */
  readonly source?: boolean | string | undefined
  /** Whether, or to what, the destination is translated. */
  readonly destination?: boolean | string | undefined
}

/** Which flows are meant: those that fulfil everything that is given. */
export interface FlowFilter extends DirectionFilter {
  /** Family of the addresses. */
  readonly family?: FamilyName | undefined
  /** Layer-4 protocol, by name or number. */
  readonly protocol?: IpProtocolName | number | undefined
  /**
   * Which tuple addresses, ports and `icmp` beside it are compared with: `original` by default; `either` is satisfied by one that matches
   * whole.
   */
  readonly direction?: 'original' | 'reply' | 'either' | undefined
  /** Conditions on the original direction, whatever `direction` says. */
  readonly original?: ZonedDirectionFilter | undefined
  /** Conditions on the reply direction: that of a translated flow has the addresses and ports of the other side. */
  readonly reply?: ZonedDirectionFilter | undefined
  /** An address or a network at either end, in either direction, translated or not; with `!` in front, at neither. */
  readonly host?: string | undefined
  /** A port at either end, in either direction, translated or not. */
  readonly port?: number | PortRange | undefined
  /**
   * Whether it is translated; `true` is satisfied by a translation of either end, and an address or a network by a translation of either
   * end to it.
   */
  readonly nat?: boolean | string | NatFilter | undefined
  /** The connmark, or some bits of it. */
  readonly mark?: number | Masked | undefined
  /** Status bits that are set, or bits that are set and bits that are not. */
  readonly status?: StatusBits | { readonly set?: StatusBits; readonly clear?: StatusBits } | undefined
  /** 0 is the default zone. */
  readonly zone?: number | undefined
  /** A label the flow has; all of them where it is a list. */
  readonly label?: number | readonly number[] | undefined
  /** State of TCP or SCTP. */
  readonly state?: keyof typeof tcpState | keyof typeof sctpState | undefined
  /** The kernel's id of the entry, 32 bits. */
  readonly id?: number | undefined
  /** Flows this matches are left out. */
  readonly not?: FlowFilter | undefined
  /**
   * A predicate, applied after all other conditions. What it throws ends the dump, stream or view that asked. It must answer at once: a
   * promise is refused.
   */
  readonly where?: ((flow: Flow) => boolean) | undefined
}

/** Ports from the first to the last, both included. */
export interface PortRange {
  /** The lowest port. */
  readonly first: number
  /** The highest port. */
  readonly last: number
}

/** Throws `EncodeError` for what is no port, and for a range that is empty. */
export function rangeOf(port: number | PortRange): PortRange {
  const where = 'CTA_TUPLE_PROTO port'
  if (typeof port === 'number') return { first: whole(port, 0xffff, where), last: port }
  assertKeys(port, { first: true, last: true }, where)
  const { first, last } = { first: whole(port.first, 0xffff, where), last: whole(port.last, 0xffff, where) }
  if (first > last) throw new EncodeError(where, `no port is in ${first} to ${last}: the first comes first`)
  return { first, last }
}

export const formatRange = ({ first, last }: PortRange): string => (first === last ? `${first}` : `${first} to ${last}`)

/** The conditions of a filter as phrases, by where each is checked. */
export interface FilterExplanation {
  /** Conditions the kernel applies: flows that fail them are never sent. */
  readonly kernel: readonly string[]
  /** Conditions applied in JavaScript to what the kernel sends. */
  readonly here: readonly string[]
  /** Conditions a socket filter applies to events: others never reach the program. */
  readonly events: readonly string[]
}
