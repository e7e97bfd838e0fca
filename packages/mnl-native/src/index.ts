/**
 * Netlink sockets for Node.js, by a small addon: the transport that programs use on a real kernel. Start with `openMnl`.
 *
 * @module
 */
export { NativeUnavailableError } from './binding.ts'
export { openMnl } from './open.ts'
export type { MnlOptions, WakeUp } from './options.ts'
export type { MnlCounters, MnlSocket } from './socket.ts'
