export { refusal } from './answer.ts'
export * as argument from './argument.ts'
export type { Checks, OptionNames } from './check.ts'
export * as check from './check.ts'
export { Connection, lastSequence, type Unsolicited } from './connection.ts'
export {
  type Advice,
  DumpInterruptedError,
  NetlinkError,
  NoAnswerError,
  type Refusal,
  TransportError,
} from './errors.ts'
export { nearest } from './nearest.ts'
export type { DumpOptions, RequestOptions } from './options.ts'
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
