import { parseAddress } from '@nfkit/inet'
import { udp } from '@nfkit/ip-codec/build'
import { Message, messageFlags } from '@nfkit/netlink-codec'
import {
  type Conntrack,
  conntrack,
  conntrackMessage,
  expectMessage,
  tuple,
  tupleProto,
} from '@nfkit/netlink-codec/conntrack'
import { encodeMessage, netfilter, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'

/** A packet whose connection has this source port. */
/** Of the families these tests speak. */
export const protocol = netfilter(nfqueueMessage, conntrackMessage, expectMessage)

export const packet = (port: number): Uint8Array => udp(`192.0.2.1:${port} > 198.51.100.2:53`)

/** The original direction of that connection. */
export const tupleOf = (srcPort: number): Conntrack['tupleOrig'] => ({
  ip: { v4Src: parseAddress('192.0.2.1')!, v4Dst: parseAddress('198.51.100.2')! },
  proto: { num: 17, srcPort, dstPort: 53 },
})

/** A request for the connection with this source port; for all of them where it is not said. */
export function get(port?: number): Uint8Array {
  const which = port === undefined ? {} : { tupleOrig: tupleOf(port) }
  return encodeMessage({ type: conntrackMessage.get.type, flags: 0, family: 2 }, conntrack, which)
}

/** A connection, as the kernel tells of it in an answer. */
export function entry(port: number, sequence: number): Uint8Array {
  const header = { type: conntrackMessage.new.type, flags: messageFlags.multi, sequence, family: 2 }
  return encodeMessage(header, conntrack, { tupleOrig: tupleOf(port) })
}

/** The source port, which tells connections apart. */
export const portOf = (message: Message): number | undefined =>
  netfilterOf(message).attrs.nest(conntrack.rows.tupleOrig)?.nest(tuple.rows.proto)?.get(tupleProto.rows.srcPort)

export function message(bytes: Uint8Array): Message {
  return new Message(bytes, 0, bytes.length)
}

export const sequenceOf = (request: Uint8Array): number => message(request).sequence

export function together(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
