import { QueuedPacket } from '@nfkit/netlink-codec/nfqueue'

/**
 * One object that is each message while it is read. A packet keeps where its message is, and no message: a program that judges a packet as it comes
 * finds it here, and only one that looks at another meanwhile has it read again.
 */
let reader: QueuedPacket | undefined

/** The message in `bytes[start, end)`, which has just come, until another one is read. Throws `DecodeError` when it makes no sense. */
export function read(bytes: Uint8Array, start: number, end: number): QueuedPacket {
  if (reader === undefined) reader = new QueuedPacket(bytes, start, end)
  else reader.read(bytes, start, end)
  return reader
}

/** The same of a message that was read before, and whose memory holds it still. */
export function reread(bytes: Uint8Array, start: number, end: number): QueuedPacket {
  return reader?.bytes === bytes && reader.start === start ? reader : read(bytes, start, end)
}
