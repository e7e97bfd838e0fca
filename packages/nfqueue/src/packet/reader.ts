import { QueuedPacket } from '@nfkit/netlink-codec/nfqueue'

/**
 * One object that is the message of one packet at a time. A packet keeps where its message is, and no message: a program that judges a packet as it
 * comes finds it here, and only where it looks at another one meanwhile the message is read again.
 */
let message: QueuedPacket | undefined

/** Read the message in `bytes[start, end)`. Throws `DecodeError` when it makes no sense. */
export function read(bytes: Uint8Array, start: number, end: number): QueuedPacket {
  if (message === undefined) message = new QueuedPacket(bytes, start, end)
  else message.read(bytes, start, end)
  return message
}

/** The message that was read last, if it is the one at `start` of these bytes. What gets a place that was another's is read there first. */
export const readLast = (bytes: Uint8Array | undefined, start: number): QueuedPacket | undefined =>
  message !== undefined && message.bytes === bytes && message.start === start ? message : undefined
