export { type Ack, type Answer, decodeAck, echoedMessage, echoedRequest, encodeAck, encodeDone } from './ack.ts'
export { formatAddress, formatHardwareAddress, formatHex, parseAddress, parseHex } from './address.ts'
export { Attrs } from './attrs.ts'
export { decode, maxDepth } from './decode.ts'
export { encode, encodeAttrs } from './encode.ts'
export { type Errno, errno, errnoName } from './errno.ts'
export { DecodeError, EncodeError } from './errors.ts'
export * from './families/conntrack.ts'
export * from './families/expect.ts'
export * from './families/helper.ts'
export * from './families/netlink.ts'
export * from './families/nfnetlink.ts'
export * from './families/nfqueue.ts'
export * from './families/timeout.ts'
export { Flow, type FlowCounters, type StatusName } from './flow.ts'
export type { FlowJson, FlowTupleJson } from './flow-json.ts'
export { type FlowLine, formatFlow } from './flow-line.ts'
export { flowStateNames } from './flow-name.ts'
export type { DccpInfo, SctpInfo, SequenceAdjustment, TcpInfo } from './flow-state.ts'
export { type Endpoint, FlowTuple, type IcmpIdentity } from './flow-tuple.ts'
export { format, formatAttrs } from './format.ts'
export { toHostOrder } from './host-order.ts'
export { type Json, type JsonObject, messageToJson, toJson } from './json.ts'
export { markdown } from './markdown.ts'
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
} from './message.ts'
export { messageFlags } from './message-flags.ts'
export { attributeAt, offendingAttribute } from './offending.ts'
export { type MessageType, messageName, messageType, messageTypeOf, tableOf } from './protocol.ts'
export { QueuedPacket } from './queued-packet.ts'
export {
  type Attr,
  type Infer,
  kernelName,
  type Rows,
  type Slot,
  type Table,
  type UnknownAttr,
  withNested,
} from './schema.ts'
export type { TupleLayout } from './tuple-layout.ts'
export type { Choice, Field, Kind, Names, Show, Type } from './type.ts'
export { align, be16, be32, be64, littleEndian, putBe16, putBe32, putU16, putU32, typeMask, u16, u32 } from './wire.ts'
export { Writer } from './writer.ts'
