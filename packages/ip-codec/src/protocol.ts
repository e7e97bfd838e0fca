/** Numbers of the protocols inside IP, by their IANA names, as `ip.protocol` has them. */
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
  udpLite: 136,
} as const

const names = new Map<number, string>(Object.entries(ipProtocol).map(([name, number]) => [number, name]))

/** `tcp` for 6; `protocol 200` for a number without a name here. */
export function protocolName(number: number): string {
  return names.get(number) ?? `protocol ${number}`
}
