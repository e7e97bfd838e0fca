import { putBe16, be16 as readBe16 } from '@nfkit/inet/bytes'
import { type Header, headerSize, type Message, putHeader } from '../message/message.ts'
import { Attrs } from '../schema/attrs.ts'
import { encode, whole } from '../schema/encode.ts'
import type { Infer, Table } from '../schema/shape.ts'
import { be16, named, struct, u8 } from '../schema/type.ts'
import { Writer } from '../schema/writer.ts'
import { DecodeError } from '../wire/errors.ts'
import { family } from './constants.ts'

/** `struct nfgenmsg`: what every netfilter message has before its attributes (include/uapi/linux/netfilter/nfnetlink.h). */
export const nfgenmsg = struct({ family: named(u8, family), version: u8, resourceId: be16 })

/** Bytes of `struct nlmsghdr` and `struct nfgenmsg` together: where a netfilter message's attributes start. */
export const netfilterHeaderSize = headerSize + nfgenmsg.size

/** A message as netfilter reads it: a window that reads `struct nfgenmsg` when asked. */
export class NetfilterMessage {
  readonly message: Message

  /** Throws `DecodeError` on a message too short for `struct nfgenmsg`. */
  constructor(message: Message) {
    const { start, end } = message
    if (end - start < netfilterHeaderSize)
      throw new DecodeError('nfgenmsg', start, `a message of ${end - start} bytes has none`)
    this.message = message
  }

  /** `nfgen_family`: a value of `family`. */
  get family(): number {
    return this.message.bytes[this.message.start + headerSize]!
  }
  get version(): number {
    return this.message.bytes[this.message.start + headerSize + 1]!
  }
  /** `res_id`: the queue of a queued packet, the processor of per-CPU statistics. */
  get resourceId(): number {
    return readBe16(this.message.bytes, this.message.start + headerSize + 2)
  }
  get attrs(): Attrs {
    return new Attrs(this.message.bytes, this.message.start + netfilterHeaderSize, this.message.end)
  }
}

/** `message` as netfilter reads it. Throws `DecodeError` when it is too short. */
export const netfilterOf = (message: Message): NetfilterMessage => new NetfilterMessage(message)

/** What `struct nlmsghdr` and `struct nfgenmsg` of a message to build say. */
export interface NetfilterHeader extends Header {
  /** A value of `family`; 0 by default. */
  readonly family?: number | undefined
  /** 0 by default, the only version there is. */
  readonly version?: number | undefined
  /** `res_id`, from 0 to 65,535; 0 by default. */
  readonly resourceId?: number | undefined
}

/**
 * Build one netfilter message; its length is a multiple of four. Throws `EncodeError`.
 *
 * @example
 * import { messageFlags } from '@nfkit/netlink-codec'
 * import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
 * import { encodeMessage, family } from '@nfkit/netlink-codec/nfnetlink'
 *
 * const header = { type: conntrackMessage.get.type, flags: messageFlags.request, family: family.ipv4 }
 * console.log(encodeMessage(header, conntrack, { zone: 5 }).length) // 28
 */
export function encodeMessage<T extends Table>(header: NetfilterHeader, table: T, value: Infer<T>): Uint8Array {
  const writer = new Writer()
  writer.reserve(netfilterHeaderSize)
  encode(writer, table, value)
  const bytes = writer.copy()
  putHeader(bytes, header)
  bytes[headerSize] = whole(header.family ?? 0, 0xff, 'nfgenmsg.nfgen_family')
  bytes[headerSize + 1] = whole(header.version ?? 0, 0xff, 'nfgenmsg.version')
  putBe16(bytes, headerSize + 2, whole(header.resourceId ?? 0, 0xffff, 'nfgenmsg.res_id'))
  return bytes
}
