/** NFLOG (include/uapi/linux/netfilter/nfnetlink_log.h, net/netfilter/nfnetlink_log.c). */

import { ctInfo } from '../conntrack/constants.ts'
import { type Conntrack, conntrack } from '../conntrack/table.ts'
import { hook } from '../nfnetlink/constants.ts'
import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be16, be32, be64, bits, bytes, hardwareAddress, hex, named, nest, struct, text, u8 } from '../schema/type.ts'

/** `NFULNL_CFG_CMD_*`. The two `pf` commands bind a protocol family to this logger, and have done nothing for long. */
export const logCommand = { none: 0, bind: 1, unbind: 2, pfBind: 3, pfUnbind: 4 } as const

/** `NFULNL_COPY_*`: what of each packet reaches user space. A new group's is `packet`. */
export const logCopyMode = { none: 0, meta: 1, packet: 2 } as const

/** `NFULNL_CFG_F_*`. */
export const logFlags = { seq: 0x01, seqGlobal: 0x02, conntrack: 0x04 } as const

/** `NFULA_CFG_*`: attributes of a configuration request. */
export const logConfig = table('NFULA_CFG', '2.6.14', 'Configures a log group: message NFULNL_MSG_CONFIG.', {
  cmd: attr(1, struct({ command: named(u8, logCommand) }), 'bind or unbind'),
  mode: attr(
    2,
    struct({ copyRange: be32, copyMode: named(u8, logCopyMode), pad: u8 }),
    'how much of each packet to copy',
  ),
  nlbufsiz: attr(3, be32, 'bytes a datagram of packets may grow to; at most 131072'),
  timeout: attr(4, be32, 'hundredths of a second a packet may wait for others; 100 by default, 0 is at once'),
  qthresh: attr(5, be32, 'packets a datagram may hold; 100 by default'),
  flags: attr(6, bits(be16, logFlags), 'what packets carry besides'),
})
/** Attributes of a request that configures a log group. */
export interface LogConfig extends Infer<typeof logConfig> {}

/** `NFULA_VLAN_*`: a VLAN tag the network card took out of the frame. */
export const logVlan = table('NFULA_VLAN', '5.4', 'A VLAN tag held outside the frame.', {
  proto: attr(1, hex(be16), 'tag protocol: 0x8100 or 0x88a8'),
  tci: attr(2, hex(be16), 'priority, drop eligibility and VLAN id'),
})
/** Attributes of a VLAN tag. Numbers are in host order. */
export interface LogVlan extends Infer<typeof logVlan> {}

/** `NFULA_*`: attributes of a logged packet. */
export const nfula = table('NFULA', '2.6.14', 'A logged packet.', {
  packetHdr: attr(1, struct({ hwProtocol: hex(be16), hook: named(u8, hook), pad: u8 }), 'always first in a packet'),
  mark: attr(2, hex(be32), 'packet mark; absent when 0'),
  timestamp: attr(
    3,
    struct({ sec: be64, usec: be64 }),
    'when the packet was received, if anything asked for receive times',
  ),
  ifindexIndev: attr(4, be32, 'input interface; the bridge itself for bridged packets'),
  ifindexOutdev: attr(5, be32, 'output interface; the bridge itself for bridged packets'),
  ifindexPhysindev: attr(6, be32, 'input port of the bridge'),
  ifindexPhysoutdev: attr(7, be32, 'output port of the bridge'),
  hwaddr: attr(8, struct({ hwAddrlen: be16, pad: be16, hwAddr: hardwareAddress(8) }), 'source hardware address'),
  payload: attr(9, bytes(), 'from the network header on; last in a packet'),
  prefix: attr(10, text(), 'what the rule says; empty when it says nothing'),
  uid: attr(11, be32, 'user id of the local socket that sent the packet'),
  seq: attr(12, be32, 'packets of this group before it: flag `seq`'),
  seqGlobal: attr(13, be32, 'packets of all groups up to it: flag `seqGlobal`'),
  gid: attr(14, be32, 'group id of the local socket that sent the packet'),
  hwtype: attr(15, be16, 'kind of hardware: `ARPHRD_*`'),
  hwheader: attr(16, bytes(), 'link-layer header'),
  hwlen: attr(17, be16, 'bytes of the link-layer header'),
  ct: attr(18, nest<Conntrack>(conntrack), 'the connection the packet belongs to: flag `conntrack`', { since: '4.4' }),
  ctInfo: attr(19, named(be32, ctInfo), 'how the packet relates to its connection', { since: '4.4' }),
  vlan: attr(20, nest<LogVlan>(logVlan), 'VLAN tag; bridge family only', { since: '5.4' }),
  l2hdr: attr(21, bytes(), 'link-layer header; bridge family only', { since: '5.4' }),
})
/** Attributes of a logged packet: each is absent where the kernel has nothing to tell or was not asked. */
export interface Nfula extends Infer<typeof nfula> {}
