/**
 * NFQUEUE: its messages and tables, and the lazy view of a queued packet.
 *
 * @module
 */

export { packetLayoutOf } from './nfqueue/known-layouts.ts'
export { nfqueueMessage } from './nfqueue/message.ts'
export type { PacketLayout } from './nfqueue/packet-layout.ts'
export { QueuedPacket } from './nfqueue/queued-packet.ts'
export { parseQueueStatus, type QueueStatus, queueStatusFile } from './nfqueue/status.ts'
export * from './nfqueue/table.ts'
