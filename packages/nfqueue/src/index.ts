/**
 * See, judge and rewrite the packets Linux hands to user space through NFQUEUE. Start with `openQueue`; `openPool` judges in several
 * threads.
 *
 * @module
 */
export type { IcmpIdentity, IpProtocolName, Masked, Tuple, TupleEnd } from '@nfkit/inet'
export type { IpJson, TcpJson } from '@nfkit/ip-codec'
export { parseQueueStatus, type QueueStatus } from '@nfkit/netlink-codec/nfqueue'
export type { Hook, PacketView, VlanTag } from '@nfkit/netlink-codec/packet-view'
export {
  type Ending,
  PacketStateError,
  QueueError,
  type QueueRefusal,
  type Unjudged,
  type UnjudgedReason,
  VerdictError,
} from './errors.ts'
export type { LateVerdict, QueueEvents } from './events.ts'
export type { FlowSource } from './flows/source.ts'
export type { Handover } from './handover/handover.ts'
export type { HandOverOptions } from './handover/leaving.ts'
export type { QueueStats } from './judging/counts.ts'
export type { Handler, Returned, RunOptions, VerdictWord } from './judging/handler.ts'
export type { Decision, Observer } from './judging/observers.ts'
export type { Announcer } from './news/announcer.ts'
export type { Log } from './news/log.ts'
export { openQueue } from './open.ts'
export type { QueueOptions } from './options.ts'
export type { BatchChanges, ConnectionChanges, VerdictChanges } from './packet/changes.ts'
export type { PacketJson } from './packet/json.ts'
export type { Packet } from './packet/packet.ts'
export type { QueueVerdict, Verdict, VerdictKind } from './packet/verdict.ts'
export type { QueuedPacketView } from './packet/view.ts'
export type { PoolEvents } from './pool/events.ts'
export { PoolError, type PoolErrorDetails, type PoolFailure } from './pool/failure.ts'
export type { PoolLimits } from './pool/limits.ts'
export type { PoolOptions } from './pool/options.ts'
export { openPool, type Pool } from './pool/pool.ts'
export type { PoolModule } from './pool/thread/protocol.ts'
export { probe, type Support } from './probe.ts'
export type { Queue } from './queue.ts'
export type { QueueSettings, Settings } from './settings/settings.ts'
export { queueStatusPath } from './status.ts'
