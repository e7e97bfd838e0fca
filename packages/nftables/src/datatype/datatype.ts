import * as symbol from './symbol.ts'

/**
 * How values of a type are written: a number, a number with bits of names, an IP address, a hardware address, the name of an
 * interface, or text.
 */
export type Shape = 'number' | 'bits' | 'address' | 'hardware address' | 'interface' | 'text'

/** What the values of a selector, a set's key or a map's data are. */
export interface Datatype {
  /** nft's number of the type, which it finds in sets. The kernel does not look at it. */
  readonly id: number
  /** Bytes of a value; 0 where the selector says. */
  readonly length: number
  /** `network`: most significant byte first. `host`: the machine's order. */
  readonly order: 'network' | 'host'
  /** How values are written. */
  readonly shape: Shape
  /** Words for numbers. */
  readonly symbols: symbol.Symbols
}

const type = <S extends symbol.Symbols = Record<never, number>>(
  id: number,
  length: number,
  order: Datatype['order'],
  shape: Shape = 'number',
  symbols?: S,
): Omit<Datatype, 'symbols'> & { readonly symbols: S } => ({ id, length, order, shape, symbols: symbols ?? ({} as S) })

/** The types of nft by the names it has for them (include/datatype.h of nftables). */
export const datatypes = {
  nf_proto: type(2, 1, 'host', 'number', symbol.nfProtocol),
  integer: type(4, 0, 'network'),
  string: type(5, 16, 'host', 'text'),
  ipv4_addr: type(7, 4, 'network', 'address'),
  ipv6_addr: type(8, 16, 'network', 'address'),
  ether_addr: type(9, 6, 'network', 'hardware address'),
  ether_type: type(10, 2, 'network', 'number', symbol.etherType),
  arp_op: type(11, 2, 'network', 'number', symbol.arpOperation),
  inet_proto: type(12, 1, 'network', 'number', symbol.ipProtocols),
  inet_service: type(13, 2, 'network'),
  icmp_type: type(14, 1, 'network', 'number', symbol.icmpType),
  tcp_flag: type(15, 1, 'network', 'bits', symbol.tcpFlag),
  mark: type(19, 4, 'host'),
  iface_index: type(20, 4, 'host'),
  iface_type: type(21, 2, 'host', 'number', symbol.interfaceType),
  realm: type(22, 4, 'host'),
  classid: type(23, 4, 'host'),
  uid: type(24, 4, 'host'),
  gid: type(25, 4, 'host'),
  ct_state: type(26, 4, 'host', 'bits', symbol.ctState),
  ct_dir: type(27, 1, 'host', 'number', symbol.ctDirection),
  ct_status: type(28, 4, 'host', 'bits', symbol.ctStatus),
  icmpv6_type: type(29, 1, 'network', 'number', symbol.icmpv6Type),
  pkt_type: type(31, 1, 'host', 'number', symbol.packetType),
  icmp_code: type(32, 1, 'network', 'number', symbol.icmpCode),
  icmpv6_code: type(33, 1, 'network', 'number', symbol.icmpv6Code),
  devgroup: type(35, 4, 'host'),
  dscp: type(36, 1, 'network', 'number', symbol.dscp),
  ecn: type(37, 1, 'network', 'number', symbol.ecn),
  fib_addrtype: type(38, 4, 'host', 'number', symbol.addressType),
  boolean: type(39, 1, 'host', 'number', symbol.boolean),
  ifname: type(41, 16, 'host', 'interface'),
} as const

/** The name of a type, in nft's words. */
export type DatatypeName = keyof typeof datatypes

/** Keys of sets, by names that read well in a program. */
export const ipv4Address = 'ipv4_addr'
/** IPv6 addresses, as keys of sets. */
export const ipv6Address = 'ipv6_addr'
/** Ports of TCP, UDP and their like, as keys of sets. */
export const service = 'inet_service'
/** Hardware addresses, as keys of sets. */
export const etherAddress = 'ether_addr'
/** Names of interfaces, as keys of sets. */
export const interfaceName = 'ifname'
