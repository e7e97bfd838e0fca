import {
  conntrack,
  encodeAck,
  encodeMessage,
  type Header,
  Message,
  messageFlags,
  messageType,
} from '@nfkit/netlink-codec'

/** A request about a connection with this mark. */
export function get(mark = 7): Uint8Array {
  return encodeMessage({ type: messageType.conntrackGet.type, flags: 0 }, conntrack, { mark })
}

/** An entry, as the kernel sends it in answers, dumps and events. */
export function entry(mark: number, header: Partial<Header> = {}): Uint8Array {
  const type = messageType.conntrackNew.type
  return encodeMessage({ type, flags: messageFlags.multi, ...header }, conntrack, { mark })
}

export const sequenceOf = (request: Uint8Array): number => message(request).sequence

export const ack = (request: Uint8Array): Uint8Array => encodeAck(request, { errno: 0 })

export function message(bytes: Uint8Array): Message {
  return new Message(bytes, 0, bytes.length)
}

export function together(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

export const markOf = (message: Message): number | undefined => message.attrs.get(conntrack.rows.mark)
