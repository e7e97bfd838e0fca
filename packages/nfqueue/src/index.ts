export type { BatchChanges, Changes, ConnectionChanges, Masked } from './changes.ts'
export type { QueueStats } from './counts.ts'
export {
  PacketStateError,
  QueueError,
  type QueueRefusal,
  type Unjudged,
  type UnjudgedReason,
  VerdictError,
} from './errors.ts'
export type { LateVerdict, QueueEvents } from './events.ts'
export type { FlowSource } from './flow-source.ts'
export type { Handler } from './intake.ts'
export { openQueue } from './open.ts'
export type { Packet } from './packet.ts'
export type { PacketEnd, PacketTuple } from './packet-tuple.ts'
export type { Hook, PacketView, VlanTag } from './packet-view.ts'
export { PoolError, type PoolErrorDetails, type PoolFailure } from './pool/error.ts'
export type { PoolLimits } from './pool/limits.ts'
export type { PoolOptions } from './pool/options.ts'
export { openPool, type Pool } from './pool.ts'
export type { PoolEvents } from './pool-events.ts'
export type { PoolModule } from './pool-protocol.ts'
export { probe, type Support } from './probe.ts'
export type { Queue, RunOptions } from './queue.ts'
export type { QueueOptions } from './queue-options.ts'
export type { Returned, VerdictWord } from './returned.ts'
export type { QueueSettings, Settings } from './settings.ts'
export { parseQueueStatus, type QueueStatus, queueStatusPath } from './status.ts'
export type { QueueVerdict, Verdict, VerdictKind } from './verdict.ts'
