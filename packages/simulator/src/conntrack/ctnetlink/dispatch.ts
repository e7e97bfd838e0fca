import { messageType } from '@nfkit/netlink-codec'
import type { Entry } from '../../netlink/input.ts'
import type { Policy } from '../../netlink/policy.ts'
import type { Handler } from '../../netlink/request.ts'
import type { Conntrack } from '../conntrack.ts'
import { deleteConntrack } from './entry/delete.ts'
import { getConntrack, getDying, getUnconfirmed } from './entry/get.ts'
import { newConntrack } from './entry/new.ts'
import { deleteExpectation, getExpectation, newExpectation } from './objects/expectation.ts'
import { deleteHelper, getHelper, newHelper } from './objects/helper.ts'
import { deleteTimeout, getDefault, getTimeout, newTimeout, setDefault } from './objects/timeout.ts'
import { conntrackPolicy, expectPolicy, helperDemands, ignored, timeoutPolicyDemands } from './policies.ts'
import { getCpuStatistics, getExpectStatistics, getStatistics } from './statistics.ts'

/** Every message of the conntrack subsystems, by type. */
export function conntrackDispatch(tracking: Conntrack): [number, Entry][] {
  const entry = ({ type }: { readonly type: number }, policy: Policy, handler: Handler): [number, Entry] => [
    type,
    { policy, handler },
  ]
  const demands = conntrackPolicy(tracking.profile.eventTimestamp)
  const of = messageType
  const entries = [
    entry(of.conntrackNew, demands, (request) => newConntrack(tracking, request)),
    entry(of.conntrackGet, demands, (request) => getConntrack(tracking, request, false)),
    entry(of.conntrackDelete, demands, (request) => deleteConntrack(tracking, request)),
    entry(of.conntrackGetCtrzero, demands, (request) => getConntrack(tracking, request, true)),
    entry(of.conntrackGetStatsCpu, ignored, (request) => getCpuStatistics(tracking, request)),
    entry(of.conntrackGetStats, ignored, (request) => getStatistics(tracking, request)),
    entry(of.conntrackGetDying, ignored, (request) => getDying(tracking, request)),
    entry(of.conntrackGetUnconfirmed, ignored, getUnconfirmed),
    entry(of.expectNew, expectPolicy, (request) => newExpectation(tracking, request)),
    entry(of.expectGet, expectPolicy, (request) => getExpectation(tracking, request)),
    entry(of.expectDelete, expectPolicy, (request) => deleteExpectation(tracking, request)),
    entry(of.expectGetStatsCpu, ignored, (request) => getExpectStatistics(tracking, request)),
    entry(of.timeoutNew, timeoutPolicyDemands, (request) => newTimeout(tracking, request)),
    entry(of.timeoutGet, timeoutPolicyDemands, (request) => getTimeout(tracking, request)),
    entry(of.timeoutDelete, timeoutPolicyDemands, (request) => deleteTimeout(tracking, request)),
    entry(of.timeoutDefaultSet, timeoutPolicyDemands, (request) => setDefault(tracking, request)),
    entry(of.timeoutDefaultGet, timeoutPolicyDemands, (request) => getDefault(tracking, request)),
  ]
  if (!tracking.profile.userHelpers) return entries
  return [
    ...entries,
    entry(of.helperNew, helperDemands, (request) => newHelper(tracking, request)),
    entry(of.helperGet, helperDemands, (request) => getHelper(tracking, request)),
    entry(of.helperDelete, helperDemands, (request) => deleteHelper(tracking, request)),
  ]
}
