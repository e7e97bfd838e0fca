/**
 * Typed nf_tables rules: tables, chains, sets and rules as plain values, one atomic commit, errors that name the operation, and tables that
 * the kernel takes back when their program ends.
 *
 * @module
 */
export { partsOf } from './apply/parts.ts'
export type { Plan } from './apply/plan.ts'
export { type BatchSource, type Placement, RuleBatch } from './commit/batch.ts'
export type { Committed } from './commit/committed.ts'
export { CommitError, type CommitFailure, UncheckedError } from './commit/failure.ts'
export type { Features as NftablesFeatures } from './commit/features.ts'
export type { Operation, Part, Verb } from './commit/operation.ts'
export type {
  Comparison as MatchComparison,
  Match,
  Operand,
  SetName,
  Subject as ConditionSubject,
} from './conditions/match.ts'
export { Concatenation, concat, type Lookup, Selection } from './conditions/selection.ts'
export {
  arp,
  type Camel,
  ct,
  dccp,
  ether,
  type FibInput,
  type FibSelections,
  fib,
  icmp,
  icmpv6,
  ip,
  ip6,
  meta,
  type Selections,
  sctp,
  tcp,
  th,
  udp,
  udplite,
  vlan,
} from './conditions/words.ts'
export {
  type Datatype,
  type DatatypeName,
  etherAddress,
  interfaceName,
  ipv4Address,
  ipv6Address,
  type Shape,
  service,
} from './datatype/datatype.ts'
export type { Symbols } from './datatype/symbol.ts'
export type {
  FitAll,
  Fits,
  FitsOne,
  Interval,
  IntervalOf,
  Member,
  MembersOf,
  Range,
  Value as RuleValue,
  ValueOf,
  WordsOf,
} from './datatype/value.ts'
export { RulesetJsonError } from './json/reader/error.ts'
export { type ParseJsonOptions, parseJson } from './json/ruleset.ts'
export type { QueueForm } from './lower/steps.ts'
export { type ApplyOptions, type CommitOptions, Nftables } from './nftables.ts'
export { openNftables } from './open.ts'
export { RuleSyntaxError } from './parse/error.ts'
export type { Named } from './parse/operand.ts'
export { type ParseOptions, parse } from './parse/parse.ts'
export { printChange } from './print/operation.ts'
export { printRule } from './print/rule.ts'
export { printRuleset, printTable } from './print/ruleset.ts'
export { printElement } from './print/set.ts'
export { printClause } from './print/statement.ts'
export type { Change, Commit } from './reading/events/commit.ts'
export type { RulesetEvent, RulesetWatch, Snapshot } from './reading/events/watch.ts'
export type {
  ListedChain,
  ListedObject,
  ListedSet,
  ListedTable,
  Listing,
  Other,
  Ruleset as ListedRuleset,
} from './reading/listing.ts'
export { baseChainsOf } from './reading/reach.ts'
export type { Counted } from './reading/reset.ts'
export type { ReadOptions } from './reading/snapshot.ts'
export type { StreamOptions } from './reading/stream.ts'
export { type Assign, type AssignTarget, type AssignValue, assign, type Changed } from './statements/assign.ts'
export {
  addTo,
  type Changeable,
  type Dynamic,
  type DynamicOptions,
  deleteFrom,
  type ElementStatement,
  type SubjectOf,
  update,
} from './statements/dynamic.ts'
export type { Verbatim } from './statements/expression.ts'
export {
  type Log as LogStatement,
  type LogLevel,
  type LogOptions as LogStatementOptions,
  log,
} from './statements/log.ts'
export type { MapEntries, MapLookup, MapOf, Mapping } from './statements/map/mapping.ts'
export { type ObjectLookup, objectMap } from './statements/map/object.ts'
export { map, type ValueLookup, type ValueMapOf, type ValueMapping } from './statements/map/value.ts'
export { type VerdictLookup, type VerdictMapOf, type VerdictMapping, vmap } from './statements/map/verdict.ts'
export {
  type Counter,
  type CounterOptions,
  counter,
  type Limit,
  type LimitOptions,
  limit,
  type ObjectType as NamedObjectType,
  type ObjectUse,
  objectUse,
  type Quota,
  type QuotaOptions,
  quota,
} from './statements/meter.ts'
export { type Queue as QueueStatement, type QueueOptions as QueueStatementOptions, queue } from './statements/queue.ts'
export { type Reject, type RejectAnswer, reject } from './statements/reject.ts'
export { type Clause, type Notrack, notrack, type Statement } from './statements/statement.ts'
export {
  type AddressTranslation,
  dnat,
  type LocalOptions,
  type LocalTranslation,
  masquerade,
  redirect,
  snat,
  type Translation,
  type TranslationFlag,
  type TranslationOptions,
} from './statements/translation.ts'
export {
  accept,
  type ChainName,
  drop,
  goOn,
  goto,
  jump,
  returns,
  type Verdict as RuleVerdict,
} from './statements/verdict.ts'
export type { TracedPacket, TraceStep, TraceVerdict } from './tracing/packet.ts'
export type { MissedRule, PassedHook, PathOutcome, TracedPath } from './tracing/path.ts'
export type { IpHook } from './tracing/place.ts'
export type { TraceRisk } from './tracing/risk.ts'
export type { Steps, TraceEvent } from './tracing/steps.ts'
export { QueuesBusyError, type Trace, type TraceEnd, type TraceOptions } from './tracing/trace.ts'
export type { BaseChain, Chain, ChainOptions } from './values/chain.ts'
export type { Container, Element, ElementOptions } from './values/element.ts'
export type { CtHelper, CtHelperOptions } from './values/helper.ts'
export type { ChainType, Family as TableFamily, Hook as ChainHook, PriorityName } from './values/hook.ts'
export type { Placed, TableName as TableIdentity } from './values/identity.ts'
export type { ElementFits, ElementKey, KeyOf, KeyOption, SetData, SetOptions } from './values/keyed.ts'
export type { MapOptions, MapValue, NamedMap } from './values/map.ts'
export type { NamedCounter, NamedHelper, NamedLimit, NamedObject, NamedQuota, ObjectOf } from './values/object.ts'
export { type Comment, comment, type Rule as ChainRule } from './values/rule.ts'
export type { NamedSet } from './values/set.ts'
export type { Sources } from './values/source.ts'
export { type Table as RuleTable, type TableOptions, table } from './values/table.ts'
