/**
 * A firewall whose policy is a function: it judges connections, the kernel does the rest, and what was decided is taken back at once. Start
 * with `openFirewall`.
 *
 * @module
 */
export type { FirewallAnnouncer } from './announcer.ts'
export type { FirewallEvents } from './events.ts'
export type { Firewall } from './firewall.ts'
export { HandoverError, type HandoverRefusal } from './handover/errors.ts'
export type { FirewallHandover } from './handover/handover.ts'
export type { ConnectionJudge } from './judging/answer.ts'
export type { ConnectionDirection, JudgedConnection, JudgedConnectionJson } from './judging/connection.ts'
export type { FirewallStats } from './judging/counts.ts'
export type { ConnectionJudged, JudgeFailure } from './judging/outcome.ts'
export type { OpeningList, TimedPlaces } from './lists/opening.ts'
export type { ListingOptions } from './lists/places.ts'
export type { FirewallVerdict } from './marks.ts'
export type { NamesStats } from './names/counts.ts'
export type { NamesOptions } from './names/options.ts'
export { type NameResolved, type NameUnresolved, type UnresolvedReason, unresolvedReasons } from './names/resolved.ts'
export { openFirewall } from './open.ts'
export type { FirewallOptions, LastingSockets } from './options.ts'
export type { Reconsidered } from './policy/change.ts'
export type { FirewallHook } from './rules/hooks.ts'
export { type FirewallRuling, firewallIn, type ListedFirewall } from './rules/listed.ts'
export type { ConnectionMatch } from './rules/matching.ts'
export type { ByVerdict, FirewallCensus } from './seen/census.ts'
export { logFirewall } from './seen/log.ts'
export { type MarkCheck, type MarkClash, MarkClashError } from './sharing/clash.ts'
