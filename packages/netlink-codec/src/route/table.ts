/** Routing rules (include/uapi/linux/fib_rules.h, net/core/fib_rules.c). Numbers are in host order, but for the tunnel's. */
import { ipProtocol } from '@nfkit/inet'
import { family } from '../nfnetlink/constants.ts'
import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be64, bits, bytes, hex, named, struct, text, u8, u32 } from '../schema/type.ts'

/** `FR_ACT_*`: what a rule does. */
const ruleAction = { unspec: 0, toTbl: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8 } as const

/** `FIB_RULE_*`: bits of the header. */
const ruleFlags = {
  permanent: 1,
  invert: 2,
  unresolved: 4,
  iifDetached: 8,
  oifDetached: 16,
  findSaddr: 0x10000,
} as const

/** `struct fib_rule_hdr`: what is in front of a rule's attributes. A prefix of 0 bits is any address. */
export const ruleHeader = struct({
  family: named(u8, family),
  dstLen: u8,
  srcLen: u8,
  tos: hex(u8),
  table: u8,
  res1: u8,
  res2: u8,
  action: named(u8, ruleAction),
  flags: bits(u32, ruleFlags),
})

/** `FRA_*`: attributes of a routing rule. */
export const routingRule = table(
  'FRA',
  '2.6.19',
  'A routing rule: which packets choose which routing table. Host order.',
  {
    dst: attr(1, bytes(), 'destination address: 4 or 16 bytes'),
    src: attr(2, bytes(), 'source address: 4 or 16 bytes'),
    iifname: attr(3, text(15), 'interface that packets come in on'),
    goto: attr(4, u32, 'priority of the rule that is next, where the action is to go to it'),
    priority: attr(6, u32, 'place of the rule: the lowest is first'),
    fwmark: attr(10, hex(u32), 'mark of the packet'),
    flow: attr(11, u32, 'realms of IPv4 routing'),
    tunId: attr(12, be64, 'number of the tunnel; in network order', { since: '4.3' }),
    suppressIfgroup: attr(13, u32, 'a route to an interface of this group does not count', { since: '3.12' }),
    suppressPrefixlen: attr(14, u32, 'a route to a prefix of this many bits or fewer does not count', {
      since: '3.12',
    }),
    table: attr(15, u32, 'number of the routing table'),
    fwmask: attr(16, hex(u32), 'bits of the mark that are compared; all by default'),
    oifname: attr(17, text(15), 'interface that the socket is bound to', { since: '2.6.33' }),
    l3mdev: attr(19, u8, 'whether the table is that of the interface’s routing domain', { since: '4.8' }),
    uidRange: attr(20, struct({ start: u32, end: u32 }), 'users whose packets are meant', { since: '4.10' }),
    protocol: attr(21, u8, 'who made the rule, a value of RTPROT', { since: '4.17' }),
    ipProto: attr(22, named(u8, ipProtocol), 'layer-4 protocol number', { since: '4.17' }),
    sportRange: attr(23, bytes(4), 'source ports, first and last: two numbers of 16 bits', { since: '4.17' }),
    dportRange: attr(24, bytes(4), 'destination ports, first and last: two numbers of 16 bits', { since: '4.17' }),
  },
  { pad: 18 },
)
/** Attributes of a routing rule. */
export interface RoutingRule extends Infer<typeof routingRule> {}
