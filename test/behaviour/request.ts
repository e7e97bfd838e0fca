import { putBe16 } from '@nfkit/inet/bytes'
import { type Infer, messageFlags, putU16, putU32, type Table } from '@nfkit/netlink-codec'
import {
  type Conntrack,
  conntrack,
  conntrackMessage,
  type Expect,
  expect,
  expectMessage,
} from '@nfkit/netlink-codec/conntrack'
import { type LogConfig, logCommand, logConfig, nflogMessage } from '@nfkit/netlink-codec/nflog'
import { encodeMessage, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import {
  type Nfqa,
  nfqa,
  nfqueueMessage,
  type QueueConfig,
  queueCommand,
  queueConfig,
} from '@nfkit/netlink-codec/nfqueue'

/** A message whose parts are all given: for those that are wrong. */
export interface RawMessage {
  readonly type: number
  readonly flags?: number
  readonly sequence?: number
  readonly portId?: number
  /** What `nlmsg_len` says; the truth by default. */
  readonly length?: number
  /** Everything after the 16 bytes of header. */
  readonly payload?: Uint8Array
}

export function rawMessage(message: RawMessage): Uint8Array {
  const payload = message.payload ?? new Uint8Array(0)
  const bytes = new Uint8Array((16 + payload.length + 3) & ~3)
  putU32(bytes, 0, message.length ?? 16 + payload.length)
  putU16(bytes, 4, message.type)
  putU16(bytes, 6, message.flags ?? messageFlags.request)
  putU32(bytes, 8, message.sequence ?? 0)
  putU32(bytes, 12, message.portId ?? 0)
  bytes.set(payload, 16)
  return bytes
}

/** `struct nfgenmsg` and attributes. */
export function netfilterPayload(resourceId: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(4 + attributes.reduce((length, attribute) => length + attribute.length, 0))
  putBe16(bytes, 2, resourceId)
  let at = 4
  for (const attribute of attributes) {
    bytes.set(attribute, at)
    at += attribute.length
  }
  return bytes
}

/** One attribute, padded; `length` is what its header says. */
export function rawAttribute(type: number, payload: Uint8Array, length = 4 + payload.length): Uint8Array {
  const bytes = new Uint8Array((4 + payload.length + 3) & ~3)
  putU16(bytes, 0, length)
  putU16(bytes, 2, type)
  bytes.set(payload, 4)
  return bytes
}

/** A request built from a table. REQUEST is set; ACK and the sequence number are the socket's business. */
function request<T extends Table>(
  type: number,
  table: T,
  value: Infer<T>,
  more: Partial<RequestHeader> = {},
): Uint8Array {
  const { flags = 0, family = 0, version = 0, resourceId = 0 } = more
  return encodeMessage({ type, flags: messageFlags.request | flags, family, version, resourceId }, table, value)
}

interface RequestHeader {
  readonly flags: number
  readonly family: number
  readonly version: number
  readonly resourceId: number
}

export const config = (queue: number, value: QueueConfig, header: Partial<RequestHeader> = {}): Uint8Array =>
  request(nfqueueMessage.config.type, queueConfig, value, { ...header, resourceId: queue })

export const command = (queue: number, name: keyof typeof queueCommand | number, more: QueueConfig = {}): Uint8Array =>
  config(queue, { cmd: { command: typeof name === 'number' ? name : queueCommand[name], pf: 0 }, ...more })

/** BIND and PARAMS in one message: without the second every packet would be dropped. */
export const bind = (queue: number, more: QueueConfig = {}): Uint8Array =>
  command(queue, 'bind', { params: { copyRange: 0xffff, copyMode: 2 }, ...more })

/** `verdict` is a name, or the whole number. */
export const verdict = (
  queue: number,
  id: number,
  what: keyof typeof verdicts | number,
  more: Nfqa = {},
): Uint8Array => {
  const value = { verdictHdr: { verdict: typeof what === 'number' ? what : verdicts[what], id }, ...more }
  return request(nfqueueMessage.verdict.type, nfqa, value, { resourceId: queue })
}

export const verdictBatch = (
  queue: number,
  id: number,
  what: keyof typeof verdicts | number,
  more: Nfqa = {},
): Uint8Array => {
  const value = { verdictHdr: { verdict: typeof what === 'number' ? what : verdicts[what], id }, ...more }
  return request(nfqueueMessage.verdictBatch.type, nfqa, value, { resourceId: queue })
}

/** A request about a log group: `logging(5, 'bind')`; without a command, about its settings alone. */
export const logging = (group: number, name?: keyof typeof logCommand | number, more: LogConfig = {}): Uint8Array => {
  const command = typeof name === 'string' ? logCommand[name] : name
  const value = command === undefined ? more : { cmd: { command }, ...more }
  return request(nflogMessage.config.type, logConfig, value, { resourceId: group })
}

type Ctnetlink = keyof typeof conntrackMessage

/** A request of connection tracking: `connection('new', { … }, { family: 2, flags: … })`. */
export const connection = (what: Ctnetlink, value: Conntrack = {}, header: Partial<RequestHeader> = {}): Uint8Array =>
  request(conntrackMessage[what].type, conntrack, value, { family: 2, ...header })

export const expectation = (
  what: keyof typeof expectMessage,
  value: Expect = {},
  header: Partial<RequestHeader> = {},
): Uint8Array => request(expectMessage[what].type, expect, value, { family: 2, ...header })

/** A request that always succeeds, and does nothing. */
export const fine = (sequence = 0, flags = 0): Uint8Array => {
  const request = command(0, 'pfBind')
  request.set([messageFlags.request | flags, 0], 6)
  request.set([sequence & 255, sequence >> 8], 8)
  return request
}
