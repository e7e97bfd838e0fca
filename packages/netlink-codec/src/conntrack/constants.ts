/** Connection tracking: numbers and bits (include/uapi/linux/netfilter/nf_conntrack_common.h and its neighbours). */

/** `IPS_*`: bits of a connection's status (include/uapi/linux/netfilter/nf_conntrack_common.h). */
export const status = {
  expected: 0x1,
  seenReply: 0x2,
  assured: 0x4,
  confirmed: 0x8,
  srcNat: 0x10,
  dstNat: 0x20,
  seqAdjust: 0x40,
  srcNatDone: 0x80,
  dstNatDone: 0x100,
  dying: 0x200,
  fixedTimeout: 0x400,
  template: 0x800,
  untracked: 0x1000,
  helper: 0x2000,
  offload: 0x4000,
  hwOffload: 0x8000,
} as const

/** `TCP_CONNTRACK_*`. */
export const tcpState = {
  none: 0,
  synSent: 1,
  synRecv: 2,
  established: 3,
  finWait: 4,
  closeWait: 5,
  lastAck: 6,
  timeWait: 7,
  close: 8,
  synSent2: 9,
} as const

/** `IP_CT_TCP_FLAG_*`. */
export const tcpFlags = {
  windowScale: 0x01,
  sackPerm: 0x02,
  closeInit: 0x04,
  beLiberal: 0x08,
  dataUnacknowledged: 0x10,
  maxackSet: 0x20,
  challengeAck: 0x40,
  simultaneousOpen: 0x80,
} as const

/** `SCTP_CONNTRACK_*`. */
export const sctpState = {
  none: 0,
  closed: 1,
  cookieWait: 2,
  cookieEchoed: 3,
  established: 4,
  shutdownSent: 5,
  shutdownRecd: 6,
  shutdownAckSent: 7,
  heartbeatSent: 8,
  heartbeatAcked: 9,
} as const

/** `CT_DCCP_*`; DCCP left the kernel with 6.17. */
export const dccpState = {
  none: 0,
  request: 1,
  respond: 2,
  partopen: 3,
  open: 4,
  closereq: 5,
  closing: 6,
  timewait: 7,
  ignore: 8,
  invalid: 9,
} as const

/** Fields a filter tuple may select: bits of `CTA_FILTER_*_FLAGS`, which are in host order. */
export const filterFlags = {
  ipSrc: 0x1,
  ipDst: 0x2,
  tupleZone: 0x4,
  protoNum: 0x8,
  protoSrcPort: 0x10,
  protoDstPort: 0x20,
  protoIcmpType: 0x40,
  protoIcmpCode: 0x80,
  protoIcmpId: 0x100,
  protoIcmpv6Type: 0x200,
  protoIcmpv6Code: 0x400,
  protoIcmpv6Id: 0x800,
} as const

/** `IP_CT_*`: how a packet relates to its connection. */
export const ctInfo = {
  established: 0,
  related: 1,
  new: 2,
  establishedReply: 3,
  relatedReply: 4,
  untracked: 7,
} as const
