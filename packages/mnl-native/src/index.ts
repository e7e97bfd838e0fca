export { NativeUnavailableError } from './binding.ts'
export { openMnl } from './open.ts'
export type { MnlOptions } from './options.ts'
export type { MnlCounters, MnlSocket } from './socket.ts'
