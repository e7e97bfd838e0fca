/** Connection tracking (include/uapi/linux/netfilter/nfnetlink_conntrack.h, net/netfilter/nf_conntrack_netlink.c). */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { address, be16, be32, be64, bits, bytes, hex, nest, text, u32 } from '../schema/type.ts'
import { filterFlags, status } from './constants.ts'
import { type Protoinfo, protoinfo } from './protoinfo.ts'
import { type TupleAttrs, tuple } from './tuple.ts'

/** What one direction has carried (net.netfilter.nf_conntrack_acct). */
export const counters = table(
  'CTA_COUNTERS',
  '2.6.14',
  'What one direction has carried (net.netfilter.nf_conntrack_acct).',
  {
    packets: attr(1, be64, 'packets'),
    bytes: attr(2, be64, 'bytes'),
    packets32: attr(3, be32, 'packets, on kernels before 2.6.18', { name: 'CTA_COUNTERS32_PACKETS' }),
    bytes32: attr(4, be32, 'bytes, on kernels before 2.6.18', { name: 'CTA_COUNTERS32_BYTES' }),
  },
  { pad: 5 },
)
/** What `counters` decodes to. */
export interface Counters extends Infer<typeof counters> {}

/** Life span of a connection (net.netfilter.nf_conntrack_timestamp). */
export const timestamp = table(
  'CTA_TIMESTAMP',
  '2.6.39',
  'Life span of a connection (net.netfilter.nf_conntrack_timestamp).',
  {
    start: attr(1, be64, 'start, nanoseconds since 1970'),
    stop: attr(2, be64, 'end, nanoseconds since 1970; in destroy events'),
  },
  { pad: 3 },
)
/** What `timestamp` decodes to. */
export interface Timestamp extends Infer<typeof timestamp> {}

/** Ports an address translation may use. */
export const natProto = table('CTA_PROTONAT', '2.6.14', 'Ports an address translation may use.', {
  portMin: attr(1, be16, 'lowest port'),
  portMax: attr(2, be16, 'highest port; the lowest when absent'),
})
/** What `natProto` decodes to. */
export interface NatProto extends Infer<typeof natProto> {}

/** An address translation to set up; accepted on creation, never dumped. */
export const nat = table('CTA_NAT', '2.6.14', 'An address translation to set up; accepted on creation, never dumped.', {
  v4Minip: attr(1, address(4), 'lowest IPv4 address'),
  v4Maxip: attr(2, address(4), 'highest IPv4 address; the lowest when absent'),
  proto: attr(3, nest<NatProto>(natProto), 'ports'),
  v6Minip: attr(4, address(16), 'lowest IPv6 address', { since: '3.7' }),
  v6Maxip: attr(5, address(16), 'highest IPv6 address; the lowest when absent', { since: '3.7' }),
})
/** What `nat` decodes to. */
export interface Nat extends Infer<typeof nat> {}

/** The helper that follows a connection. */
export const help = table('CTA_HELP', '2.6.14', 'The helper that follows a connection.', {
  name: attr(1, text(15), 'name of the helper'),
  info: attr(2, bytes(), 'private data of the helper'),
})
/** What `help` decodes to. */
export interface Help extends Infer<typeof help> {}

/** Correction of TCP sequence numbers; all three belong together. */
export const seqAdj = table('CTA_SEQADJ', '2.6.25', 'Correction of TCP sequence numbers; all three belong together.', {
  correctionPos: attr(1, be32, 'sequence number from which the correction holds'),
  offsetBefore: attr(2, be32, 'offset before it, two’s complement'),
  offsetAfter: attr(3, be32, 'offset after it, two’s complement'),
})
/** What `seqAdj` decodes to. */
export interface SeqAdj extends Infer<typeof seqAdj> {}

/** State of a SYN proxy; all three belong together. */
export const synproxy = table('CTA_SYNPROXY', '4.17', 'State of a SYN proxy; all three belong together.', {
  isn: attr(1, be32, 'initial sequence number'),
  its: attr(2, be32, 'initial timestamp'),
  tsoff: attr(3, be32, 'timestamp offset'),
})
/** What `synproxy` decodes to. */
export interface Synproxy extends Infer<typeof synproxy> {}

/** Security label of a connection. */
export const secctx = table('CTA_SECCTX', '2.6.37', 'Security label of a connection.', {
  name: attr(1, text(), 'label'),
})
/** What `secctx` decodes to. */
export interface Secctx extends Infer<typeof secctx> {}

/** Which fields of the tuples a dump or flush compares. */
export const filter = table('CTA_FILTER', '5.8', 'Which fields of the tuples a dump or flush compares.', {
  origFlags: attr(1, bits(u32, filterFlags), 'fields of the original tuple; host order'),
  replyFlags: attr(2, bits(u32, filterFlags), 'fields of the reply tuple; host order'),
})
/** What `filter` decodes to. */
export interface Filter extends Infer<typeof filter> {}

/** `CTA_*`: a connection. */
export const conntrack = table('CTA', '2.6.14', 'A connection, in dumps, events, requests and queued packets.', {
  tupleOrig: attr(1, nest<TupleAttrs>(tuple), 'original direction'),
  tupleReply: attr(2, nest<TupleAttrs>(tuple), 'reply direction'),
  status: attr(3, bits(be32, status), 'status bits'),
  protoinfo: attr(4, nest<Protoinfo>(protoinfo), 'protocol state'),
  help: attr(5, nest<Help>(help), 'helper'),
  natSrc: attr(6, nest<Nat>(nat), 'source translation; creation only'),
  timeout: attr(7, be32, 'seconds until the entry expires; required on creation'),
  mark: attr(8, hex(be32), 'connmark'),
  countersOrig: attr(9, nest<Counters>(counters), 'counters of the original direction'),
  countersReply: attr(10, nest<Counters>(counters), 'counters of the reply direction'),
  use: attr(11, be32, 'references to the entry'),
  id: attr(12, hex(be32), 'identifies the entry while it lives: opaque, compare only'),
  natDst: attr(13, nest<Nat>(nat), 'destination translation; creation only'),
  tupleMaster: attr(14, nest<TupleAttrs>(tuple), 'original tuple of the connection that expected this one', {
    since: '2.6.25',
  }),
  seqAdjOrig: attr(15, nest<SeqAdj>(seqAdj), 'sequence adjustment of the original direction', { since: '2.6.25' }),
  seqAdjReply: attr(16, nest<SeqAdj>(seqAdj), 'sequence adjustment of the reply direction', { since: '2.6.25' }),
  secmark: attr(17, be32, 'obsolete', { since: '2.6.25' }),
  zone: attr(18, be16, 'zone; 0 when absent', { since: '2.6.34' }),
  secctx: attr(19, nest<Secctx>(secctx), 'security label', { since: '2.6.37' }),
  timestamp: attr(20, nest<Timestamp>(timestamp), 'life span', { since: '2.6.39' }),
  markMask: attr(21, hex(be32), 'in requests: the bits of the connmark that count', { since: '3.3' }),
  labels: attr(22, bytes(0, 16), 'connection labels: a bitmap, label 0 is the low bit of the first byte', {
    since: '3.9',
  }),
  labelsMask: attr(23, bytes(0, 16), 'in requests: the labels to change', { since: '3.9' }),
  synproxy: attr(24, nest<Synproxy>(synproxy), 'SYN proxy state', { since: '4.17' }),
  filter: attr(25, nest<Filter>(filter), 'which fields of the tuples to compare', { since: '5.8' }),
  statusMask: attr(26, bits(be32, status), 'in requests: the status bits that count', { since: '5.15' }),
  timestampEvent: attr(27, be64, 'when the event happened, nanoseconds since 1970', { since: '6.14' }),
})
/** What `conntrack` decodes to. */
export interface Conntrack extends Infer<typeof conntrack> {}
