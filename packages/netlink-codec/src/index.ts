export * from './families/conntrack.ts'
export * from './families/expect.ts'
export * from './families/helper.ts'
export * from './families/netlink.ts'
export * from './families/nfnetlink.ts'
export * from './families/nfqueue.ts'
export * from './families/timeout.ts'
export { Flow, type FlowCounters, type StatusName } from './flow/flow.ts'
export type { FlowJson, FlowTupleJson } from './flow/json.ts'
export { type FlowLine, formatFlow } from './flow/line.ts'
export { type Masked, markAttrs } from './flow/mark.ts'
export { flowStateNames } from './flow/name.ts'
export type { DccpInfo, SctpInfo, SequenceAdjustment, TcpInfo } from './flow/state.ts'
export { type Endpoint, FlowTuple, type IcmpIdentity, icmpAnswers, portProtocols } from './flow/tuple.ts'
export type { TupleLayout } from './flow/tuple-layout.ts'
export {
  type Ack,
  type Answer,
  type DumpEnd,
  decodeAck,
  echoedMessage,
  echoedRequest,
  encodeAck,
  encodeDone,
} from './message/ack.ts'
export { type Errno, errno, errnoName } from './message/errno.ts'
export { messageFlags } from './message/flags.ts'
export {
  control,
  encodeMessage,
  type Header,
  headerSize,
  Message,
  messageLength,
  messages,
  netfilterHeaderSize,
  setSequence,
} from './message/message.ts'
export { type MessageType, messageName, messageType, messageTypeOf, tableOf } from './message/registry.ts'
export { format, formatAttrs } from './print/format.ts'
export { toHostOrder } from './print/host-order.ts'
export { type Json, type JsonObject, messageToJson, toJson } from './print/json.ts'
export { markdown } from './print/markdown.ts'
export { attributeAt, offendingAttribute } from './print/offending.ts'
export { printable } from './print/printable.ts'
export { QueuedPacket } from './queue/queued-packet.ts'
export { Attrs } from './schema/attrs.ts'
export { decode, maxDepth } from './schema/decode.ts'
export { encode, encodeAttrs, whole } from './schema/encode.ts'
export {
  type Attr,
  type Infer,
  kernelName,
  type Rows,
  type Slot,
  type Table,
  type UnknownAttr,
  withNested,
} from './schema/schema.ts'
export type { Choice, Field, Kind, Names, Show, Type } from './schema/type.ts'
export { Writer } from './schema/writer.ts'
export { formatAddress, formatHardwareAddress, formatHex, parseAddress, parseHex } from './wire/address.ts'
export {
  align,
  be16,
  be32,
  be64,
  littleEndian,
  putBe16,
  putBe32,
  putU16,
  putU32,
  typeMask,
  u16,
  u32,
} from './wire/bytes.ts'
export { DecodeError, EncodeError } from './wire/errors.ts'
