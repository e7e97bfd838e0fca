import { type Conntrack, conntrack, encodeMessage, type MessageType } from '@nfkit/netlink-codec'

/** One request about connections. */
export const requestOf = (message: MessageType, flags: number, family: number, attrs: Conntrack = {}): Uint8Array =>
  encodeMessage({ type: message.type, flags, family }, conntrack, attrs)
