import { align, errno, headerSize, Message, messageFlags, u16, u32 } from '@nfkit/netlink-codec'
import { netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import type { Endpoint } from '../socket/endpoint.ts'
import { answer } from './answer.ts'
import { parse } from './attributes.ts'
import type { Policy } from './policy.ts'
import { Refusal } from './refusal.ts'
import { dumping, type Handler, Request } from './request.ts'
import type { Remark } from './violation.ts'

/** One kind of message: what its attributes must look like, and who acts on it. */
export interface Entry {
  readonly policy: Policy
  readonly handler: Handler
}

/** Acts on a datagram that begins a transaction. */
export type Batch = (socket: Endpoint, bytes: Uint8Array) => void

/** By message type. */
export type Dispatch = ReadonlyMap<number, Entry>

const batchBegin = 0x10
const smallestType = 0x10

/** Act on one datagram, message by message (nfnetlink_rcv, net/netfilter/nfnetlink.c; netlink_rcv_skb, net/netlink/af_netlink.c). */
export function input(socket: Endpoint, bytes: Uint8Array, dispatch: Dispatch, batch: Batch): void {
  if (!fits(bytes, 0, bytes.length)) return
  if (!socket.privileged) answer(socket, bytes, 0, errno.EPERM)
  else if (u16(bytes, 4) === batchBegin) batch(socket, bytes)
  else eachMessage(socket, bytes, dispatch)
}

function eachMessage(socket: Endpoint, bytes: Uint8Array, dispatch: Dispatch): void {
  const end = bytes.length
  for (let p = 0; p + headerSize <= end; ) {
    if (!fits(bytes, p, end)) return
    const length = u32(bytes, p)
    const flags = u16(bytes, p + 6)
    const remark: Remark = {}
    const actedOn = (flags & messageFlags.request) !== 0 && u16(bytes, p + 4) >= smallestType
    const failed = actedOn ? act(socket, bytes, p, p + length, dispatch, remark) : 0
    if (failed !== dumping && (failed !== 0 || (flags & messageFlags.ack) !== 0))
      answer(socket, bytes, p, failed, remark)
    p += align(length)
  }
}

function fits(bytes: Uint8Array, p: number, end: number): boolean {
  if (p + headerSize > end) return false
  const length = u32(bytes, p)
  return length >= headerSize && length <= end - p
}

function act(socket: Endpoint, bytes: Uint8Array, p: number, end: number, dispatch: Dispatch, remark: Remark): number {
  if (end - p < netfilterHeaderSize) return 0
  const entry = dispatch.get(u16(bytes, p + 4))
  if (entry === undefined) return errno.EINVAL
  const attributes = parse(bytes, p + netfilterHeaderSize, end, entry.policy, remark)
  if (typeof attributes === 'number') return attributes
  try {
    return entry.handler(new Request(socket, new Message(bytes, p, end), attributes))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    remark.at = error.at
    return error.errno
  }
}
