import {
  conntrack,
  expect,
  expectNat,
  filter,
  help,
  helper,
  helperPolicy,
  helperPolicySet,
  helperTuple,
  nat,
  natProto,
  protoinfo,
  protoinfoDccp,
  protoinfoSctp,
  protoinfoTcp,
  seqAdj,
  synproxy,
  timeoutPolicy,
  tuple,
  tupleIp,
  tupleProto,
} from '@nfkit/netlink-codec'
import {
  atLeast,
  binary,
  host32,
  nested,
  type Policy,
  policy,
  reject,
  terminated,
  u8,
  u16,
  u32,
  u64,
  upTo,
  within,
} from '../../netlink/policy.ts'

const largestTcpState = 9
const largestWindowScale = 14
const allFilterFields = 0xfff
const allExpectFlags = 7

const base = {
  tupleOrig: nested,
  tupleReply: nested,
  status: u32,
  protoinfo: nested,
  help: nested,
  natSrc: nested,
  timeout: u32,
  mark: u32,
  id: u32,
  natDst: nested,
  tupleMaster: nested,
  seqAdjOrig: nested,
  seqAdjReply: nested,
  zone: u16,
  markMask: u32,
  labels: binary(16),
  labelsMask: binary(16),
  filter: nested,
  statusMask: u32,
} as const

/** What the kernel demands of a conntrack request; since 6.14 event timestamps are refused. */
export const conntrackPolicy = (eventTimestamp: boolean): Policy =>
  eventTimestamp
    ? policy(conntrack, { ...base, timestampEvent: reject })
    : policy(conntrack, base, conntrack.rows.statusMask.id)

export const tuplePolicy = policy(tuple, { ip: nested, proto: nested, zone: u16 })
export const ipPolicy = policy(tupleIp, { v4Src: u32, v4Dst: u32, v6Src: atLeast(16), v6Dst: atLeast(16) })
export const protoPolicy = policy(tupleProto, { num: u8 })
export const portPolicy = policy(tupleProto, { srcPort: u16, dstPort: u16 })
export const icmpPolicy = policy(tupleProto, { icmpId: u16, icmpType: u8, icmpCode: u8 })
export const icmpv6Policy = policy(tupleProto, { icmpv6Id: u16, icmpv6Type: u8, icmpv6Code: u8 })

export const protoinfoPolicy = policy(protoinfo, { tcp: nested, dccp: nested, sctp: nested })
export const tcpPolicy = policy(protoinfoTcp, {
  state: upTo(u8, largestTcpState),
  wscaleOriginal: upTo(u8, largestWindowScale),
  wscaleReply: upTo(u8, largestWindowScale),
  flagsOriginal: atLeast(2),
  flagsReply: atLeast(2),
})
export const sctpPolicy = policy(protoinfoSctp, { state: u8, vtagOriginal: u32, vtagReply: u32 })
export const dccpPolicy = policy(protoinfoDccp, { state: u8, role: u8, handshakeSeq: u64 })

export const helpPolicy = policy(help, { name: terminated(15) })
export const seqAdjPolicy = policy(seqAdj, { correctionPos: u32, offsetBefore: u32, offsetAfter: u32 })
export const synproxyPolicy = policy(synproxy, { isn: u32, its: u32, tsoff: u32 })
export const natPolicy = policy(nat, {
  v4Minip: u32,
  v4Maxip: u32,
  v6Minip: atLeast(16),
  v6Maxip: atLeast(16),
  proto: nested,
})
export const natProtoPolicy = policy(natProto, { portMin: u16, portMax: u16 })
export const filterPolicy = policy(filter, {
  origFlags: within(host32, allFilterFields),
  replyFlags: within(host32, allFilterFields),
})

export const expectPolicy = policy(expect, {
  master: nested,
  tuple: nested,
  mask: nested,
  timeout: u32,
  id: u32,
  helpName: terminated(15),
  zone: u16,
  flags: within(u32, allExpectFlags),
  class: u32,
  nat: nested,
  fn: terminated(0),
})
export const expectNatPolicy = policy(expectNat, { dir: upTo(u32, 1), tuple: nested })

export const timeoutPolicyDemands = policy(timeoutPolicy, {
  name: terminated(31),
  l3proto: u16,
  l4proto: u8,
  data: nested,
})

export const helperDemands = policy(helper, { name: terminated(15), queueNum: u32, privDataLen: u32, status: u32 })
export const helperTupleDemands = policy(helperTuple, { l3protonum: u16, l4protonum: u8 })
export const helperSetDemands = policy(helperPolicySet, { setNum: u32 })
export const helperClassDemands = policy(helperPolicy, { name: terminated(15), expectMax: u32, expectTimeout: u32 })

/** For messages whose attributes the kernel does not look at. */
export const ignored = policy(conntrack, {}, 0)
