/**
 * What the kernel says of a packet, whether it queues it (NFQUEUE) or logs it (NFLOG): the two families number their attributes
 * differently and mean the same by them.
 *
 * @module
 */
export { type ViewJson, viewJson } from './packet-view/json.ts'
export { viewLine } from './packet-view/line.ts'
export { type Hook, type PacketMessage, type PacketRows, PacketView, type VlanTag } from './packet-view/view.ts'
