/**
 * What lies between a netlink protocol and a socket: the interface `Transport`, and `Connection`, which sends requests over one and gives
 * each answer to the request it belongs to.
 *
 * @module
 */
export * as argument from './argument.ts'
export { throwAside } from './aside.ts'
export type { Checks, OptionNames } from './check.ts'
export * as check from './check.ts'
export { refusal } from './connection/answer.ts'
export { Connection, type Unsolicited } from './connection/connection.ts'
export type { DumpOptions, RequestOptions } from './connection/options.ts'
export type { TransactionOptions, TransactionOutcome } from './connection/transaction.ts'
export {
  type Advice,
  DumpInterruptedError,
  NetlinkError,
  NoAnswerError,
  type Refusal,
  sinceText,
  TransactionError,
  type TransactionFailure,
  TransportError,
} from './errors.ts'
export { Listeners } from './events/listeners.ts'
export { type EventSink, EventSocket, type EventSocketOptions } from './events/socket.ts'
export { InterfaceNames } from './interface-names.ts'
export { nearest } from './nearest.ts'
export { opened, type Wrap, wrapOpened } from './opening.ts'
export { Backlog, type BacklogSource } from './pacing/backlog.ts'
export { OneByOne } from './pacing/one-by-one.ts'
export { entries, type Requester, Requests } from './pacing/requests.ts'
export type {
  Batch,
  BpfInstruction,
  BufferSizes,
  Receiver,
  SiblingOptions,
  SocketCounters,
  SocketOption,
  Transport,
} from './transport.ts'
