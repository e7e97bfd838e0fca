/** What names a connection: one direction's addresses and layer-4 identity (include/uapi/linux/netfilter/nfnetlink_conntrack.h). */

import { ipProtocol } from '@nfkit/inet'
import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { address, be16, named, nest, u8 } from '../schema/type.ts'

/** The addresses of one direction. */
export const tupleIp = table('CTA_IP', '2.6.14', 'The addresses of one direction.', {
  v4Src: attr(1, address(4), 'IPv4 source address'),
  v4Dst: attr(2, address(4), 'IPv4 destination address'),
  v6Src: attr(3, address(16), 'IPv6 source address'),
  v6Dst: attr(4, address(16), 'IPv6 destination address'),
})
/** What `tupleIp` decodes to. */
export interface TupleIp extends Infer<typeof tupleIp> {}

/** One direction's layer-4 identity. */
export const tupleProto = table('CTA_PROTO', '2.6.14', "One direction's layer-4 identity.", {
  num: attr(1, named(u8, ipProtocol), 'layer-4 protocol number'),
  srcPort: attr(2, be16, 'source port, or GRE key'),
  dstPort: attr(3, be16, 'destination port, or GRE key'),
  icmpId: attr(4, be16, 'ICMP echo identifier'),
  icmpType: attr(5, u8, 'ICMP type'),
  icmpCode: attr(6, u8, 'ICMP code'),
  icmpv6Id: attr(7, be16, 'ICMPv6 echo identifier'),
  icmpv6Type: attr(8, u8, 'ICMPv6 type'),
  icmpv6Code: attr(9, u8, 'ICMPv6 code'),
})
/** What `tupleProto` decodes to. */
export interface TupleProto extends Infer<typeof tupleProto> {}

/** One direction of a connection. */
export const tuple = table('CTA_TUPLE', '2.6.14', 'One direction of a connection.', {
  ip: attr(1, nest<TupleIp>(tupleIp), 'addresses'),
  proto: attr(2, nest<TupleProto>(tupleProto), 'layer-4 identity'),
  zone: attr(3, be16, 'zone that holds for this direction only', { since: '4.3' }),
})
/** What `tuple` decodes to. */
export interface TupleAttrs extends Infer<typeof tuple> {}
