import {
  attributeAt,
  decodeAck,
  type Message,
  messageName,
  newestAttribute,
  type Protocol,
  u16,
} from '@nfkit/netlink-codec'
import { type Advice, NetlinkError } from '../errors.ts'

/** The kernel's name of a request that was built. */
export function nameOf(request: Uint8Array, protocol: Protocol): string {
  return messageName(protocol, u16(request, 4))
}

/**
 * The error an `NLMSG_ERROR` or `NLMSG_DONE` stands for, or `undefined` when it is a plain acknowledgement. Throws
 * `DecodeError` for a message that is too short.
 */
export function refusal(
  message: Message,
  request: Uint8Array,
  protocol: Protocol,
  advice?: Advice,
): NetlinkError | undefined {
  const { errno, extended } = decodeAck(message)
  if (errno === 0) return undefined
  const { msg: detail, offs: offset } = extended
  const attribute = offset === undefined ? undefined : attributeAt(request, offset, protocol)
  const suspect = attribute ?? newestAttribute(request, protocol)
  return new NetlinkError(
    { errno, request: nameOf(request, protocol), detail, offset, attribute: attribute?.name, suspect },
    advice,
  )
}
