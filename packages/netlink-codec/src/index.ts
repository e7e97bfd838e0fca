export { type Ack, type AckAttrs, ackAttrs, attributeAt, decodeAck, type PolicyAttrs, policyAttrs } from './ack.ts'
export { formatAddress, formatHardwareAddress, formatHex, parseAddress, parseHex } from './address.ts'
export { Attrs } from './attrs.ts'
export { decode, maxDepth } from './decode.ts'
export { encode, encodeAttrs, Writer } from './encode.ts'
export { type Errno, errno, errnoName } from './errno.ts'
export { DecodeError, EncodeError } from './errors.ts'
export * from './families/conntrack.ts'
export * from './families/expect.ts'
export * from './families/helper.ts'
export * from './families/nfnetlink.ts'
export * from './families/nfqueue.ts'
export * from './families/timeout.ts'
export { type Endpoint, Flow, type FlowCounters, FlowTuple, type IcmpIdentity } from './flow.ts'
export {
  control,
  encodeMessage,
  type Header,
  headerSize,
  Message,
  messageFlags,
  messageLength,
  messages,
  netfilterHeaderSize,
  setSequence,
} from './message.ts'
export { type MessageType, messageType, messageTypeOf } from './protocol.ts'
export { QueuedPacket } from './queued-packet.ts'
export {
  type Attr,
  type Field,
  type Infer,
  type Kind,
  kernelName,
  type Names,
  type Rows,
  type Show,
  type Slot,
  type Table,
  type Type,
  type UnknownAttr,
} from './schema.ts'
export { align, be16, be32, be64, littleEndian, putBe16, putBe32, putU16, putU32, u16, u32 } from './wire.ts'
