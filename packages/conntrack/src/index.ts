export type { Masked } from '@nfkit/netlink-codec'
export type { FlowChanges, LabelChange, SynproxyChanges } from './change.ts'
export { ConntrackTable } from './conntrack.ts'
export type { FlowDump, FlowDumpOptions } from './dump.ts'
export type { ConntrackEvent, EventGap, EventKind, ExpectationEvent, FlowEvent } from './event.ts'
export type { EventOptions, EventStream } from './events.ts'
export type { Expectation, NewExpectation } from './expectation.ts'
export type { ExpectationFilter, ExpectationStatistics, Expectations, ExpectationTarget } from './expectations.ts'
export type { Features } from './features.ts'
export type {
  DirectionFilter,
  FilterExplanation,
  FlowFilter,
  IcmpFilter,
  NatFilter,
  PortRange,
  ZonedDirectionFilter,
} from './filter.ts'
export type { HelperClass, HelperName, Helpers, UserHelper } from './helpers.ts'
export { IgnoredChangeError } from './ignored-change.ts'
export { flowKey } from './key.ts'
export { FlowLookup, type FlowLookupOptions } from './lookup.ts'
export type { NatTarget, NewFlow, ZoneOfDirection } from './new-flow.ts'
export { openConntrack } from './open-conntrack.ts'
export type { DccpChanges, ProtocolChanges, SctpChanges, TcpChanges } from './protocol-state.ts'
export type { Requester } from './requests.ts'
export { saveLine } from './save.ts'
export { parseSaveLine } from './saved-line.ts'
export type { ProcessorStatistics, TableCount, TableStatistics } from './statistics.ts'
export type { StatusBits } from './status.ts'
export type { Target } from './target.ts'
export type { NewTimeoutPolicy, TimeoutPolicy, TimeoutProtocol, TimeoutSeconds, Timeouts } from './timeouts.ts'
export { type FamilyName, mirror, type ProtocolName, type TupleDescription, type TupleEnd } from './tuple.ts'
export type { ChangeCause, ViewChange } from './view.ts'
export type { FlowChange, Watch, WatchGap, WatchOptions, WatchSynced } from './watch.ts'
