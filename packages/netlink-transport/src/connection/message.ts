import { Message, putU16, setSequence, u16 } from '@nfkit/netlink-codec'

/** `request` itself, with these flags besides its own, and this sequence number. */
export function stamped(request: Uint8Array, sequence: number, flags: number): Uint8Array {
  putU16(request, 6, u16(request, 6) | flags)
  setSequence(request, sequence)
  return request
}

/** The same message with bytes of its own. */
export function owned(message: Message): Message {
  const bytes = message.bytes.slice(message.start, message.end)
  return new Message(bytes, 0, bytes.length)
}
