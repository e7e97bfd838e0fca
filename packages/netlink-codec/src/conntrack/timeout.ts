/** Timeout policies (include/uapi/linux/netfilter/nfnetlink_cttimeout.h, net/netfilter/nfnetlink_cttimeout.c). */

import { ipProtocol } from '@nfkit/inet'
import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be16, be32, named, nestBy, text, u8 } from '../schema/type.ts'

const seconds = (id: number, state: string) => attr(id, be32, `seconds in ${state}`)

/** Seconds a TCP connection may stay in each state. */
export const timeoutTcp = table('CTA_TIMEOUT_TCP', '3.4', 'Seconds a TCP connection may stay in each state.', {
  synSent: seconds(1, 'SYN_SENT'),
  synRecv: seconds(2, 'SYN_RECV'),
  established: seconds(3, 'ESTABLISHED'),
  finWait: seconds(4, 'FIN_WAIT'),
  closeWait: seconds(5, 'CLOSE_WAIT'),
  lastAck: seconds(6, 'LAST_ACK'),
  timeWait: seconds(7, 'TIME_WAIT'),
  close: seconds(8, 'CLOSE'),
  synSent2: attr(9, be32, 'seconds in SYN_SENT2', { name: 'CTA_TIMEOUT_TCP_SYN_SENT2' }),
  retrans: attr(10, be32, 'seconds after too many retransmissions'),
  unack: attr(11, be32, 'seconds with unacknowledged data'),
})
/** What `timeoutTcp` decodes to. */
export interface TimeoutTcp extends Infer<typeof timeoutTcp> {}

/** Seconds a UDP flow may stay in each state. */
export const timeoutUdp = table('CTA_TIMEOUT_UDP', '3.4', 'Seconds a UDP flow may stay in each state.', {
  unreplied: seconds(1, 'one direction only'),
  replied: seconds(2, 'both directions'),
})
/** What `timeoutUdp` decodes to. */
export interface TimeoutUdp extends Infer<typeof timeoutUdp> {}

/** Seconds a UDP-Lite flow may stay in each state. */
export const timeoutUdplite = table('CTA_TIMEOUT_UDPLITE', '3.4', 'Seconds a UDP-Lite flow may stay in each state.', {
  unreplied: seconds(1, 'one direction only'),
  replied: seconds(2, 'both directions'),
})
/** What `timeoutUdplite` decodes to. */
export interface TimeoutUdplite extends Infer<typeof timeoutUdplite> {}

/** Seconds a GRE flow may stay in each state. */
export const timeoutGre = table('CTA_TIMEOUT_GRE', '3.4', 'Seconds a GRE flow may stay in each state.', {
  unreplied: seconds(1, 'one direction only'),
  replied: seconds(2, 'both directions'),
})
/** What `timeoutGre` decodes to. */
export interface TimeoutGre extends Infer<typeof timeoutGre> {}

/** Seconds an ICMP flow lives. */
export const timeoutIcmp = table('CTA_TIMEOUT_ICMP', '3.4', 'Seconds an ICMP flow lives.', {
  timeout: seconds(1, 'any state'),
})
/** What `timeoutIcmp` decodes to. */
export interface TimeoutIcmp extends Infer<typeof timeoutIcmp> {}

/** Seconds an ICMPv6 flow lives. */
export const timeoutIcmpv6 = table('CTA_TIMEOUT_ICMPV6', '3.4', 'Seconds an ICMPv6 flow lives.', {
  timeout: seconds(1, 'any state'),
})
/** What `timeoutIcmpv6` decodes to. */
export interface TimeoutIcmpv6 extends Infer<typeof timeoutIcmpv6> {}

/** Seconds a flow of any other protocol lives. */
export const timeoutGeneric = table('CTA_TIMEOUT_GENERIC', '3.4', 'Seconds a flow of any other protocol lives.', {
  timeout: seconds(1, 'any state'),
})
/** What `timeoutGeneric` decodes to. */
export interface TimeoutGeneric extends Infer<typeof timeoutGeneric> {}

/** Seconds an SCTP association may stay in each state. */
export const timeoutSctp = table('CTA_TIMEOUT_SCTP', '3.4', 'Seconds an SCTP association may stay in each state.', {
  closed: seconds(1, 'CLOSED'),
  cookieWait: seconds(2, 'COOKIE_WAIT'),
  cookieEchoed: seconds(3, 'COOKIE_ECHOED'),
  established: seconds(4, 'ESTABLISHED'),
  shutdownSent: seconds(5, 'SHUTDOWN_SENT'),
  shutdownRecd: seconds(6, 'SHUTDOWN_RECD'),
  shutdownAckSent: seconds(7, 'SHUTDOWN_ACK_SENT'),
  heartbeatSent: seconds(8, 'HEARTBEAT_SENT'),
  heartbeatAcked: seconds(9, 'HEARTBEAT_ACKED, gone since 6.3'),
})
/** What `timeoutSctp` decodes to. */
export interface TimeoutSctp extends Infer<typeof timeoutSctp> {}

/** Seconds a DCCP connection may stay in each state, up to 6.16. */
export const timeoutDccp = table(
  'CTA_TIMEOUT_DCCP',
  '3.4',
  'Seconds a DCCP connection may stay in each state, up to 6.16.',
  {
    request: seconds(1, 'REQUEST'),
    respond: seconds(2, 'RESPOND'),
    partopen: seconds(3, 'PARTOPEN'),
    open: seconds(4, 'OPEN'),
    closereq: seconds(5, 'CLOSEREQ'),
    closing: seconds(6, 'CLOSING'),
    timewait: seconds(7, 'TIMEWAIT'),
  },
)
/** What `timeoutDccp` decodes to. */
export interface TimeoutDccp extends Infer<typeof timeoutDccp> {}

/** Layer-4 number 255 in a timeout policy: every protocol without a table of its own. */
export const genericProtocol = 255

/** Which table `CTA_TIMEOUT_DATA` follows, by layer-4 protocol. */
export const timeoutData = {
  [ipProtocol.tcp]: timeoutTcp,
  [ipProtocol.udp]: timeoutUdp,
  [ipProtocol.udplite]: timeoutUdplite,
  [ipProtocol.gre]: timeoutGre,
  [ipProtocol.icmp]: timeoutIcmp,
  [ipProtocol.icmpv6]: timeoutIcmpv6,
  [ipProtocol.sctp]: timeoutSctp,
  [ipProtocol.dccp]: timeoutDccp,
  [genericProtocol]: timeoutGeneric,
} as const

const l4proto = attr(3, named(u8, ipProtocol), 'layer-4 protocol number; 255 for all others')

/** `CTA_TIMEOUT_*`: a timeout policy. */
export const timeoutPolicy = table('CTA_TIMEOUT', '3.4', 'A named timeout policy.', {
  name: attr(1, text(31), 'name'),
  l3proto: attr(2, be16, 'family'),
  l4proto,
  data: attr(4, nestBy({ l4proto }, timeoutData, timeoutGeneric), 'the timeouts, in the table of the layer-4 protocol'),
  use: attr(5, be32, 'rules that use the policy'),
})
/** What `timeoutPolicy` decodes to. */
export interface TimeoutPolicyAttrs extends Infer<typeof timeoutPolicy> {}
