import { attributeAt, decodeAck, type Message, messageTypeOf, u16 } from '@nfkit/netlink-codec'
import { type Advice, NetlinkError } from './errors.ts'

/** The kernel's name of a request that was built. */
export function nameOf(request: Uint8Array): string {
  const type = u16(request, 4)
  return messageTypeOf(type)?.name ?? `message type 0x${type.toString(16)}`
}

/** The error an `NLMSG_ERROR` or `NLMSG_DONE` stands for, or `undefined` when it is a plain acknowledgement. */
export function refusal(message: Message, request: Uint8Array, advice?: Advice): NetlinkError | undefined {
  const { errno, extended } = decodeAck(message)
  if (errno === 0) return undefined
  const attribute = extended.offs === undefined ? undefined : attributeAt(request, extended.offs)
  return new NetlinkError(
    { errno, request: nameOf(request), detail: extended.msg, offset: extended.offs, attribute },
    advice,
  )
}
