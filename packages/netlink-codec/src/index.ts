/**
 * netlink as data: messages, attributes, and the interpreters of their tables (decode, encode, print, JSON, docs). The families are
 * subpaths: `/nfnetlink`, `/nfqueue`, `/nflog`, `/conntrack`, `/nftables`, `/sock-diag`.
 *
 * @module
 */
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
export { type AckAttrs, ackAttrs, type PolicyAttrs, policyAttrs } from './message/ack-attrs.ts'
export { type Errno, errno, errnoName } from './message/errno.ts'
export { messageFlags } from './message/flags.ts'
export { control, type Header, headerSize, Message, messageLength, messages, setSequence } from './message/message.ts'
export { attrsOf, type MessageType, messageName, type Protocol, tableOf } from './message/protocol.ts'
export { format, formatAttrs } from './print/format.ts'
export { toHostOrder } from './print/host-order.ts'
export { isoTime } from './print/iso-time.ts'
export { type Json, type JsonObject, messageToJson, toJson } from './print/json.ts'
export { markdown } from './print/markdown.ts'
export { attributeAt, type NamedAttribute, newestAttribute, offendingAttribute } from './print/offending.ts'
export { printable } from './print/printable.ts'
export { Attrs } from './schema/attrs.ts'
export { decode, maxDepth } from './schema/decode.ts'
export { encode, encodeAttrs, whole } from './schema/encode.ts'
export type {
  Attr,
  Choice,
  Field,
  Infer,
  Kind,
  Names,
  Rows,
  Show,
  Slot,
  Table,
  Type,
  UnknownAttr,
  Value,
} from './schema/shape.ts'
export { kernelName, withNested } from './schema/table.ts'
export { Writer } from './schema/writer.ts'
export { align, littleEndian, putU16, putU32, typeMask, u16, u32 } from './wire/bytes.ts'
export { DecodeError, EncodeError } from './wire/errors.ts'
