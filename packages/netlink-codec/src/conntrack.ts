/**
 * ctnetlink: connections, expectations, timeout policies and helpers; `Flow`, the lazy view of a connection, and how it prints.
 *
 * @module
 */

export * from './conntrack/constants.ts'
export * from './conntrack/expect.ts'
export * from './conntrack/helper.ts'
export { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from './conntrack/message.ts'
export * from './conntrack/protoinfo.ts'
export * from './conntrack/statistics.ts'
export * from './conntrack/table.ts'
export * from './conntrack/timeout.ts'
export * from './conntrack/tuple.ts'
export type { FlowCounters } from './flow/counters.ts'
export { Flow } from './flow/flow.ts'
export type { FlowJson, FlowTupleJson } from './flow/json.ts'
export { type FlowLine, formatFlow } from './flow/line.ts'
export { markAttrs } from './flow/mark.ts'
export { type FlowStateName, flowStateNames, type StatusName } from './flow/name.ts'
export type { DccpInfo, SctpInfo, SequenceAdjustment, TcpInfo } from './flow/state.ts'
export type { FlowTranslation } from './flow/translation.ts'
export { type FlowEnd, type FlowIcmp, FlowTuple } from './flow/tuple.ts'
export type { TupleLayout } from './flow/tuple-layout.ts'
