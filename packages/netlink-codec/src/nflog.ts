/**
 * NFLOG: its messages and tables, and the lazy view of a logged packet.
 *
 * @module
 */
export { LoggedPacket } from './nflog/logged-packet.ts'
export { nflogMessage } from './nflog/message.ts'
export { type LogStatus, logStatusFile, parseLogStatus } from './nflog/status.ts'
export * from './nflog/table.ts'
