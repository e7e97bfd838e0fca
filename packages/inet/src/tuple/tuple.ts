import { formatAddress, parseAddress } from '../address/address.ts'
import { type IpProtocolName, icmpAnswer, ipProtocol } from '../protocol.ts'

/** One end of a connection: where, and which port. */
export interface TupleEnd {
  /** IPv4 or IPv6 text. */
  readonly address: string
  /** Of TCP, UDP, UDP-Lite, SCTP and DCCP; the key of GRE. */
  readonly port?: number | undefined
}

/** What stands in place of ports in ICMP and ICMPv6: all three belong together. */
export interface IcmpIdentity {
  /** ICMP or ICMPv6 type. */
  readonly type: number
  /** ICMP or ICMPv6 code. */
  readonly code: number
  /** Identifier of an echo or timestamp exchange; 0 for other types. */
  readonly id: number
}

/** One direction of a connection. */
export interface Tuple {
  /** A name of `ipProtocol`, or a number. */
  readonly protocol: IpProtocolName | number
  /** The end that sends. */
  readonly source: TupleEnd
  /** The end that receives. */
  readonly destination: TupleEnd
  /** What ICMP and ICMPv6 have in place of ports. */
  readonly icmp?: IcmpIdentity | undefined
}

/**
 * The tuple of packets in the other direction, where no address is translated; `undefined` for ICMP that is never answered. Throws
 * `RangeError` for the name of no protocol.
 *
 * @example
 * import { formatTuple, mirror } from '@nfkit/inet'
 *
 * const ask = { protocol: 'udp', source: { address: '10.0.0.1', port: 4000 }, destination: { address: '10.0.0.2', port: 53 } } as const
 * console.log(formatTuple(mirror(ask)!)) // udp 10.0.0.2:53 > 10.0.0.1:4000
 */
export function mirror<T extends Tuple>(tuple: T): T | undefined {
  const { source, destination, icmp } = tuple
  const turned = { ...tuple, source: destination, destination: source }
  if (icmp === undefined) return turned
  const type = icmpAnswer(numberOf(tuple.protocol), icmp.type)
  return type === undefined ? undefined : { ...turned, icmp: { ...icmp, type } }
}

/**
 * A string that two tuples share when they are equal, however their addresses and protocols are written. Opaque, compare only.
 * Throws `RangeError` for the name of no protocol.
 */
export function keyOf({ protocol, source, destination, icmp }: Tuple): string {
  const identity = icmp ? `${icmp.type}.${icmp.code}.${icmp.id}` : `${source.port ?? ''}>${destination.port ?? ''}`
  return `${numberOf(protocol)} ${plain(source.address)} ${plain(destination.address)} ${identity}`
}

/** The layer-4 number; a name that is not in `ipProtocol` is a `RangeError`. */
function numberOf(protocol: IpProtocolName | number): number {
  if (typeof protocol === 'number') return protocol
  if (Object.hasOwn(ipProtocol, protocol)) return ipProtocol[protocol]
  throw new RangeError(`there is no protocol "${protocol}"`)
}

/** One spelling for each address. */
function plain(address: string): string {
  if (!address.includes(':')) return address // IPv4 has but one
  const bytes = parseAddress(address)
  return bytes ? formatAddress(bytes) : address
}
