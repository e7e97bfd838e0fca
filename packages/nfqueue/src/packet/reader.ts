import { QueuedPacket } from '@nfkit/netlink-codec/nfqueue'

/**
 * One object that is the message of one packet at a time. A packet keeps where its message is, and no message: a program that judges a packet as it
 * comes finds it here, and only where it looks at another one meanwhile the message is read again.
 */
let message: QueuedPacket | undefined
/** The packet whose message it is. */
let owner: object | undefined

/** Read the message in `bytes[start, end)`; it belongs to no packet yet. Throws `DecodeError` when it makes no sense. */
export function read(bytes: Uint8Array, start: number, end: number): QueuedPacket {
  owner = undefined
  if (message === undefined) message = new QueuedPacket(bytes, start, end)
  else message.read(bytes, start, end)
  return message
}

/** What was read last is this packet's. */
export function own(packet: object): void {
  owner = packet
}

/** This packet's memory is not its own any more, or is elsewhere. */
export function disown(packet: object): void {
  if (owner === packet) owner = undefined
}

/** The packet's message, if it was read last. */
export const messageOf = (packet: object): QueuedPacket | undefined => (owner === packet ? message : undefined)
