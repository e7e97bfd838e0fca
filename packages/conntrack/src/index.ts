/**
 * Read, change and watch the connection tracking table of Linux: entries, expectations, timeout policies and helpers, as typed objects
 * instead of the text of `conntrack -L`. Start with `openConntrack`.
 *
 * @module
 */
export type { IcmpIdentity, IpProtocolName, Masked, Tuple, TupleEnd } from '@nfkit/inet'
export type { Requester } from '@nfkit/netlink-transport'
export type { FlowDump, FlowDumpOptions } from './dump/dump.ts'
export type { ProcessorStatistics, TableCount, TableStatistics } from './dump/statistics.ts'
export type { NatTarget, NewFlow, ZoneOfDirection } from './entry/create.ts'
export { IgnoredChangeError } from './entry/ignored-change.ts'
export type { DccpStateChanges, ProtocolChanges, SctpStateChanges, TcpStateChanges } from './entry/protocol-state.ts'
export type { CreateOptions } from './entry/request.ts'
export type { FlowChanges, LabelChange, SynproxyChanges } from './entry/update.ts'
export type { ConntrackEvent, EventGap, EventKind, ExpectationEvent, FlowEvent } from './events/event.ts'
export type { EventOptions, EventStream } from './events/stream.ts'
export type { Features } from './features.ts'
export { flowMatcher } from './filter/compile.ts'
export type {
  DirectionFilter,
  FilterExplanation,
  FlowFilter,
  IcmpFilter,
  NatFilter,
  PortRange,
  ZonedDirectionFilter,
} from './filter/filter.ts'
export { formatExpectation } from './line/expectation.ts'
export { parseSaveLine } from './line/parse.ts'
export { saveLine } from './line/print.ts'
export { type FlowEntries, FlowLookup, type FlowLookupOptions } from './lookup.ts'
export { flowKey } from './naming/key.ts'
export type { StatusBits } from './naming/status.ts'
export type { Target } from './naming/target.ts'
export type { FamilyName, ZonedTuple } from './naming/tuple.ts'
export type { Expectation, NewExpectation } from './objects/expectation.ts'
export type {
  ExpectationFilter,
  ExpectationStatistics,
  Expectations,
  ExpectationTarget,
} from './objects/expectation-table.ts'
export type { HelperClass, HelperName, Helpers, UserHelper } from './objects/helpers.ts'
export type { NewTimeoutPolicy, TimeoutPolicy, TimeoutProtocol, TimeoutSeconds, Timeouts } from './objects/timeouts.ts'
export { openConntrack } from './open.ts'
export type { TableReader } from './reader.ts'
export { ConntrackTable } from './table.ts'
export { ChangeTime } from './watch/time.ts'
export type { ChangeCause, ViewChange } from './watch/view.ts'
export type { FlowChange, Watch, WatchGap, WatchOptions, WatchSynced } from './watch/watch.ts'
