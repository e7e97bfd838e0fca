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
  sctpState,
  seqAdj,
  synproxy,
  timeoutPolicy,
  tuple,
  tupleIp,
  tupleProto,
} from '@nfkit/netlink-codec/conntrack'
import {
  anything,
  binary,
  host32,
  type Policy,
  policy,
  policyOf,
  reject,
  terminated,
  typed,
  u8,
  u32,
  upTo,
  within,
} from '../../netlink/policy.ts'

const largestTcpState = 9
const largestWindowScale = 14
const allFilterFields = 0xfff
const allExpectFlags = 7

const exceptions = {
  countersOrig: anything,
  countersReply: anything,
  use: anything,
  secmark: anything,
  secctx: anything,
  timestamp: anything,
  labels: binary(16),
  labelsMask: binary(16),
  synproxy: anything,
  timestampEvent: reject,
} as const

/** What the kernel demands of a conntrack request; since 6.14 event timestamps are refused. */
export const conntrackPolicy = (eventTimestamp: boolean): Policy =>
  policyOf(conntrack, exceptions, eventTimestamp ? undefined : conntrack.rows.statusMask.id)

export const tuplePolicy = policyOf(tuple)
export const ipPolicy = policyOf(tupleIp)
export const protoPolicy = policy(tupleProto, { num: typed })
export const portPolicy = policy(tupleProto, { srcPort: typed, dstPort: typed })
export const icmpPolicy = policy(tupleProto, { icmpId: typed, icmpType: typed, icmpCode: typed })
export const icmpv6Policy = policy(tupleProto, { icmpv6Id: typed, icmpv6Type: typed, icmpv6Code: typed })

export const protoinfoPolicy = policyOf(protoinfo)
export const tcpPolicy = policyOf(protoinfoTcp, {
  state: upTo(u8, largestTcpState),
  wscaleOriginal: upTo(u8, largestWindowScale),
  wscaleReply: upTo(u8, largestWindowScale),
})
export const sctpPolicy = policyOf(protoinfoSctp, { state: upTo(u8, sctpState.heartbeatSent) })
export const dccpPolicy = policyOf(protoinfoDccp)

export const helpPolicy = policyOf(help)
export const seqAdjPolicy = policyOf(seqAdj)
export const synproxyPolicy = policyOf(synproxy)
export const natPolicy = policyOf(nat)
export const natProtoPolicy = policyOf(natProto)
export const filterPolicy = policyOf(filter, {
  origFlags: within(host32, allFilterFields),
  replyFlags: within(host32, allFilterFields),
})

export const expectPolicy = policyOf(expect, { flags: within(u32, allExpectFlags), fn: terminated(0) })
export const expectNatPolicy = policyOf(expectNat, { dir: upTo(u32, 1) })

export const timeoutPolicyDemands = policyOf(timeoutPolicy, { use: anything })

export const helperDemands = policyOf(helper, { tuple: anything, policy: anything })
export const helperTupleDemands = policyOf(helperTuple)
export const helperSetDemands = policy(helperPolicySet, { setNum: typed })
export const helperClassDemands = policyOf(helperPolicy)

/** For messages whose attributes the kernel does not look at. */
export const ignored = policy(conntrack, {}, 0)
