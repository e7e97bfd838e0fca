/**
 * Read the packets that Linux logs to user space (NFLOG): nft's `log group`, iptables' `-j NFLOG`. Start with `openLog`; `Shadow` compares
 * a new policy with the one that judges.
 *
 * @module
 */
export type { Hook, PacketView, VlanTag } from '@nfkit/netlink-codec/packet-view'
export { LogError, type LogRefusal } from './errors.ts'
export type { LogEvents } from './events.ts'
export type { LogHandler, PacketLog } from './log.ts'
export { openLog } from './open.ts'
export type { LogOptions } from './options.ts'
export { type LogDetail, LoggedPacketView, type LogPacketJson } from './packet.ts'
export type {
  Judgeable,
  LiveVerdict,
  QueueNumber,
  ShadowChanges,
  ShadowPolicy,
  ShadowReturned,
  ShadowVerdict,
} from './shadow/policy.ts'
export type { ShadowDifference, ShadowReport } from './shadow/report.ts'
export { Shadow, type ShadowEvents, type ShadowOptions } from './shadow/shadow.ts'
export type { LogStats } from './stats.ts'
