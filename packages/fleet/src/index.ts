/**
 * Policy and block lists that many machines share: authors sign what they say, an ordered log of an existing broker keeps it, and every gate has it in its kernel.
 * Start with `openGate` and `openAuthor`.
 *
 * @module
 */
export type { FleetTarget, PutPolicy } from './applying.ts'
export type { Author, FleetListingOptions } from './author.ts'
export type { FleetEvents } from './events.ts'
export type { Gate, GateStats } from './gate.ts'
export type { GateHandover } from './handover.ts'
export { type AppendOptions, type FleetLog, LogBehindError, type LogEntry, LogMovedError } from './log.ts'
export type { FleetList, FleetListing } from './notice/notice.ts'
export type { FleetRefusal } from './notice/sealing.ts'
export { openAuthor, openGate } from './open.ts'
export type { AuthorOptions, FleetOptions, GateOptions } from './options.ts'
