/** NFQUEUE (include/uapi/linux/netfilter/nfnetlink_queue.h, net/netfilter/nfnetlink_queue.c). */

import { ctInfo } from '../conntrack/constants.ts'
import { type Expect, expect } from '../conntrack/expect.ts'
import { type Conntrack, conntrack } from '../conntrack/table.ts'
import { hook, verdict } from '../nfnetlink/constants.ts'
import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be16, be32, be64, bits, bytes, hardwareAddress, hex, named, nest, struct, text, u8 } from '../schema/type.ts'

export { ctInfo }

/** `NFQNL_CFG_CMD_*`. The two `pf` commands have done nothing since Linux 3.8. */
export const queueCommand = { none: 0, bind: 1, unbind: 2, pfBind: 3, pfUnbind: 4 } as const

/** `NFQNL_COPY_*`: what of each packet reaches user space. In mode `none`, a new queue's, every packet is dropped. */
export const copyMode = { none: 0, meta: 1, packet: 2 } as const

/** `NFQA_CFG_F_*`. */
export const queueFlags = { failOpen: 0x01, conntrack: 0x02, gso: 0x04, uidGid: 0x08, secctx: 0x10 } as const

/** `NFQA_SKB_*`: the state of the packet's checksums and segments. */
export const skbInfo = { csumNotReady: 0x01, gso: 0x02, csumNotVerified: 0x04 } as const

/** `NFQA_CFG_*`: attributes of a configuration request. */
export const queueConfig = table('NFQA_CFG', '2.6.14', 'Configures a queue: message NFQNL_MSG_CONFIG.', {
  cmd: attr(1, struct({ command: named(u8, queueCommand), pad: u8, pf: be16 }), 'bind or unbind; pf is ignored'),
  params: attr(2, struct({ copyRange: be32, copyMode: named(u8, copyMode) }), 'how much of each packet to copy'),
  queueMaxlen: attr(3, be32, 'packets that may wait for a verdict; 1024 by default'),
  mask: attr(4, bits(be32, queueFlags), 'which flags to change', { since: '3.6' }),
  flags: attr(5, bits(be32, queueFlags), 'their new values', { since: '3.6' }),
})
/** What `queueConfig` decodes to. */
export interface QueueConfig extends Infer<typeof queueConfig> {}

/** `NFQA_VLAN_*`: a VLAN tag the network card took out of the frame. */
export const vlan = table('NFQA_VLAN', '4.7', 'A VLAN tag held outside the frame.', {
  proto: attr(1, hex(be16), 'tag protocol: 0x8100 or 0x88a8'),
  tci: attr(2, hex(be16), 'priority, drop eligibility and VLAN id'),
})
/** What `vlan` decodes to. */
export interface Vlan extends Infer<typeof vlan> {}

/** `NFQA_*`: attributes of a queued packet and of a verdict. */
export const nfqa = table('NFQA', '2.6.14', 'A queued packet, or the verdict on it.', {
  packetHdr: attr(
    1,
    struct({ packetId: be32, hwProtocol: hex(be16), hook: named(u8, hook) }),
    'always first in a packet',
  ),
  verdictHdr: attr(
    2,
    struct({ verdict: named(be32, verdict), id: be32 }),
    'required in a verdict; high bits are for queue verdicts only',
  ),
  mark: attr(3, hex(be32), 'packet mark; absent when 0'),
  timestamp: attr(
    4,
    struct({ sec: be64, usec: be64 }),
    'when the packet was received, if anything asked for receive times',
  ),
  ifindexIndev: attr(5, be32, 'input interface; the bridge itself for bridged packets'),
  ifindexOutdev: attr(6, be32, 'output interface; the bridge itself for bridged packets'),
  ifindexPhysindev: attr(7, be32, 'input port of the bridge'),
  ifindexPhysoutdev: attr(8, be32, 'output port of the bridge'),
  hwaddr: attr(9, struct({ hwAddrlen: be16, pad: be16, hwAddr: hardwareAddress(8) }), 'source hardware address'),
  payload: attr(10, bytes(), 'from the network header on; unpadded and last in a packet'),
  ct: attr(11, nest<Conntrack>(conntrack), 'the connection the packet belongs to', { since: '3.6' }),
  ctInfo: attr(12, named(be32, ctInfo), 'how the packet relates to its connection', { since: '3.6' }),
  capLen: attr(13, be32, 'full length of a packet that was cut to the copy range', { since: '3.10' }),
  skbInfo: attr(14, bits(be32, skbInfo), 'state of checksums and segments', { since: '3.10' }),
  exp: attr(15, nest<Expect>(expect), 'in a verdict: an expectation to attach to the connection', { since: '3.12' }),
  uid: attr(16, be32, 'user id of the local socket that sent the packet', { since: '3.14' }),
  gid: attr(17, be32, 'group id of the local socket that sent the packet', { since: '3.14' }),
  secctx: attr(18, text(), 'security label of the packet', { since: '4.3' }),
  vlan: attr(19, nest<Vlan>(vlan), 'VLAN tag; bridge family only', { since: '4.7' }),
  l2hdr: attr(20, bytes(), 'link-layer header; bridge family only', { since: '4.7' }),
  priority: attr(21, be32, 'packet priority; absent when 0', { since: '5.18' }),
  cgroupClassid: attr(22, hex(be32), 'net_cls class of the local socket that sent the packet', { since: '6.4' }),
})
/** What `nfqa` decodes to. */
export interface Nfqa extends Infer<typeof nfqa> {}
