/** What connection tracking knows of a connection's protocol (include/uapi/linux/netfilter/nfnetlink_conntrack.h). */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be32, be64, bits, hex, named, nest, struct, u8 } from '../schema/type.ts'
import { dccpState, sctpState, tcpFlags, tcpState } from './constants.ts'

const tcpFlagPair = struct({ flags: bits(u8, tcpFlags), mask: bits(u8, tcpFlags) })

/** State of a TCP connection. */
export const protoinfoTcp = table('CTA_PROTOINFO_TCP', '2.6.14', 'State of a TCP connection.', {
  state: attr(1, named(u8, tcpState), 'state'),
  wscaleOriginal: attr(2, u8, 'window scale of the original direction'),
  wscaleReply: attr(3, u8, 'window scale of the reply direction'),
  flagsOriginal: attr(4, tcpFlagPair, 'flags of the original direction; the mask counts in requests only'),
  flagsReply: attr(5, tcpFlagPair, 'flags of the reply direction; the mask counts in requests only'),
})
/** What `protoinfoTcp` decodes to. */
export interface ProtoinfoTcp extends Infer<typeof protoinfoTcp> {}

/** State of a DCCP connection, up to Linux 6.16. */
export const protoinfoDccp = table(
  'CTA_PROTOINFO_DCCP',
  '2.6.30',
  'State of a DCCP connection, up to Linux 6.16.',
  {
    state: attr(1, named(u8, dccpState), 'state'),
    role: attr(2, named(u8, { client: 0, server: 1 }), 'role of the original direction'),
    handshakeSeq: attr(3, be64, 'handshake sequence number'),
  },
  { pad: 4 },
)
/** What `protoinfoDccp` decodes to. */
export interface ProtoinfoDccp extends Infer<typeof protoinfoDccp> {}

/** State of an SCTP association. */
export const protoinfoSctp = table('CTA_PROTOINFO_SCTP', '2.6.30', 'State of an SCTP association.', {
  state: attr(1, named(u8, sctpState), 'state'),
  vtagOriginal: attr(2, hex(be32), 'verification tag of the original direction'),
  vtagReply: attr(3, hex(be32), 'verification tag of the reply direction'),
})
/** What `protoinfoSctp` decodes to. */
export interface ProtoinfoSctp extends Infer<typeof protoinfoSctp> {}

/** A connection's protocol state. */
export const protoinfo = table('CTA_PROTOINFO', '2.6.14', "A connection's protocol state.", {
  tcp: attr(1, nest<ProtoinfoTcp>(protoinfoTcp), 'TCP'),
  dccp: attr(2, nest<ProtoinfoDccp>(protoinfoDccp), 'DCCP, up to Linux 6.16'),
  sctp: attr(3, nest<ProtoinfoSctp>(protoinfoSctp), 'SCTP'),
})
/** What `protoinfo` decodes to. */
export interface Protoinfo extends Infer<typeof protoinfo> {}
