/** Numbers of the protocols inside IP, by their IANA names (`IPPROTO_*`, include/uapi/linux/in.h). */
export const ipProtocol = {
  hopByHop: 0,
  icmp: 1,
  igmp: 2,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  noNextHeader: 59,
  destinationOptions: 60,
  sctp: 132,
  udplite: 136,
} as const

/** A name of `ipProtocol`. */
export type IpProtocolName = keyof typeof ipProtocol

const names = new Map<number, IpProtocolName>(
  Object.entries(ipProtocol).map(([name, number]) => [number, name as IpProtocolName]),
)

/** `tcp` for 6; `undefined` for a number without a name here. */
export const ipProtocolName = (number: number): IpProtocolName | undefined => names.get(number)

/**
 * `tcp` for 6; `protocol 200` for a number without a name here.
 *
 * @example
 * import { protocolName } from '@nfkit/inet'
 *
 * console.log(protocolName(17)) // udp
 */
export function protocolName(number: number): string {
  return names.get(number) ?? `protocol ${number}`
}

/** 6 for `tcp`; `undefined` for a name that is not in `ipProtocol`. */
export function protocolNumber(name: string): number | undefined {
  return Object.hasOwn(ipProtocol, name) ? ipProtocol[name as IpProtocolName] : undefined
}

/** Whether the header begins with two 16-bit ports, the source's first: TCP, UDP, UDP-Lite, SCTP and DCCP. */
export function hasPorts(protocol: number): boolean {
  return (
    protocol === ipProtocol.tcp ||
    protocol === ipProtocol.udp ||
    protocol === ipProtocol.sctp ||
    protocol === ipProtocol.dccp ||
    protocol === ipProtocol.udplite
  )
}

/** Whether tuples have two 16-bit numbers: ports, or in their place the keys of GRE. */
export const hasKeys = (protocol: number): boolean => hasPorts(protocol) || protocol === ipProtocol.gre

/** Whether tuples have type, code and identifier in place of ports. */
export const isIcmp = (protocol: number): boolean => protocol === ipProtocol.icmp || protocol === ipProtocol.icmpv6

const icmpAnswers = pairs([8, 0], [13, 14], [15, 16], [17, 18])
const icmpv6Answers = pairs([128, 129], [139, 140])

/** The type that answers an ICMP or ICMPv6 type; `undefined` for what is never answered (invmap, nf_conntrack_proto_icmp.c). */
export function icmpAnswer(protocol: number, type: number): number | undefined {
  return (protocol === ipProtocol.icmp ? icmpAnswers : icmpv6Answers).get(type)
}

function pairs(...list: readonly [number, number][]): ReadonlyMap<number, number> {
  return new Map([...list, ...list.map(([request, reply]) => [reply, request] as const)])
}
