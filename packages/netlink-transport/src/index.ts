export { refusal } from './answer.ts'
export { Connection, lastSequence, type Unsolicited } from './connection.ts'
export {
  type Advice,
  DumpInterruptedError,
  NetlinkError,
  NoAnswerError,
  type Refusal,
  TransportError,
} from './errors.ts'
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
