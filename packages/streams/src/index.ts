/**
 * TCP streams put together from packets: what the hosts read, in order, before they do. Start with `Tracker`.
 *
 * @module
 */
export { systemClock, type TrackerClock } from './clock.ts'
export type { HoldOptions, Side, TcpConnection } from './connection/connection.ts'
export { type Fate, fates } from './fate.ts'
export type { Heard, HoldPredicate } from './hold/heard.ts'
export type { HoldLimits } from './hold/limits.ts'
export {
  type ConnectionVerdict,
  type HoldOutcome,
  type HoldReason,
  holdReasons,
  type Judgement,
} from './hold/verdict.ts'
export type { StreamPacket } from './packet.ts'
export type { Edit } from './rewrite/edit.ts'
export { type StreamEnd, streamEnds } from './stream/end.ts'
export { StreamError, type StreamErrorReason } from './stream/error.ts'
export type { Stream, StreamListener } from './stream/stream.ts'
export type { TrackerCounts } from './tracker/counts.ts'
export type { Judge, Judged, TrackerOptions } from './tracker/options.ts'
export { Tracker } from './tracker/tracker.ts'
