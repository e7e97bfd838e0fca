import { control, messageFlags, putU16, putU32 } from '@nfkit/netlink-codec'

/** A table on its way to a socket, part by part (netlink_dump, net/netlink/af_netlink.c). */
export interface Dump {
  /** The messages still to be sent. Walked as room comes up, so it sees the table as it is then. */
  readonly messages: Iterator<Uint8Array>
  readonly sequence: number
  /** Flags of the DONE message besides MULTI. */
  readonly doneFlags: number
  /** Fetched, but did not fit into the last part. */
  held: Uint8Array | undefined
  /** The errno it fails with after its first part; 0 for one that succeeds. */
  readonly failure: number
  /** Parts so far. */
  parts: number
}

/** Room for messages in the first part, on machines with pages of 4096 bytes. */
export const firstPartSize = 3776
/** Room in later parts, if the reader's buffer is as large. */
export const largestPartSize = 32_448

/** As many whole messages as fit; empty at the end. */
export function nextPart(dump: Dump, room: number): Uint8Array {
  const messages: Uint8Array[] = []
  if (dump.failure !== 0 && dump.parts > 0) return new Uint8Array()
  dump.parts++
  let size = 0
  for (;;) {
    const message = dump.held ?? dump.messages.next().value
    dump.held = undefined
    if (message === undefined) break
    if (size > 0 && size + message.length > room) {
      dump.held = message
      break
    }
    messages.push(message)
    size += message.length
  }
  const part = new Uint8Array(size)
  let at = 0
  for (const message of messages) {
    part.set(message, at)
    at += message.length
  }
  return part
}

/** `NLMSG_DONE`: an errno follows the header. */
export function doneMessage(dump: Dump, portId: number): Uint8Array {
  const done = new Uint8Array(20)
  putU32(done, 0, done.length)
  putU16(done, 4, control.done)
  putU16(done, 6, messageFlags.multi | dump.doneFlags)
  putU32(done, 8, dump.sequence)
  putU32(done, 12, portId)
  putU32(done, 16, -dump.failure >>> 0)
  return done
}
