import type { MessageType } from '@nfkit/netlink-codec'
import { type Conntrack, conntrack } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'

/** One request about connections. */
export const requestOf = (message: MessageType, flags: number, family: number, attrs: Conntrack = {}): Uint8Array =>
  encodeMessage({ type: message.type, flags, family }, conntrack, attrs)
