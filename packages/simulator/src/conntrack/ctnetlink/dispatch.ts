import { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from '@nfkit/netlink-codec/conntrack'
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
  const entries = [
    entry(conntrackMessage.new, demands, (request) => newConntrack(tracking, request)),
    entry(conntrackMessage.get, demands, (request) => getConntrack(tracking, request, false)),
    entry(conntrackMessage.delete, demands, (request) => deleteConntrack(tracking, request)),
    entry(conntrackMessage.getCtrzero, demands, (request) => getConntrack(tracking, request, true)),
    entry(conntrackMessage.getStatsCpu, ignored, (request) => getCpuStatistics(tracking, request)),
    entry(conntrackMessage.getStats, ignored, (request) => getStatistics(tracking, request)),
    entry(conntrackMessage.getDying, ignored, (request) => getDying(tracking, request)),
    entry(conntrackMessage.getUnconfirmed, ignored, getUnconfirmed),
    entry(expectMessage.new, expectPolicy, (request) => newExpectation(tracking, request)),
    entry(expectMessage.get, expectPolicy, (request) => getExpectation(tracking, request)),
    entry(expectMessage.delete, expectPolicy, (request) => deleteExpectation(tracking, request)),
    entry(expectMessage.getStatsCpu, ignored, (request) => getExpectStatistics(tracking, request)),
    entry(timeoutMessage.new, timeoutPolicyDemands, (request) => newTimeout(tracking, request)),
    entry(timeoutMessage.get, timeoutPolicyDemands, (request) => getTimeout(tracking, request)),
    entry(timeoutMessage.delete, timeoutPolicyDemands, (request) => deleteTimeout(tracking, request)),
    entry(timeoutMessage.defaultSet, timeoutPolicyDemands, (request) => setDefault(tracking, request)),
    entry(timeoutMessage.defaultGet, timeoutPolicyDemands, (request) => getDefault(tracking, request)),
  ]
  if (!tracking.profile.userHelpers) return entries
  return [
    ...entries,
    entry(helperMessage.new, helperDemands, (request) => newHelper(tracking, request)),
    entry(helperMessage.get, helperDemands, (request) => getHelper(tracking, request)),
    entry(helperMessage.delete, helperDemands, (request) => deleteHelper(tracking, request)),
  ]
}
