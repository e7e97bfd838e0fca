import { be32 } from '@nfkit/inet/bytes'

/** A number of 32 bits as this package keeps it: signed, which V8 does without memory of its own. All that counts is modulo 2³². */
export function numberAt(bytes: Uint8Array, at: number): number {
  return be32(bytes, at) | 0
}

/**
 * The position a sequence number stands for: that of the bytes near `near` which has it. Position 0 is the first byte of the stream and
 * has the number `origin`. Positions do not wrap, numbers do after 2³² bytes.
 */
export function positionOf(sequence: number, origin: number, near: number): number {
  return near + ((sequence - origin - near) | 0)
}

/** The sequence number of a position, 32 bits. */
export function sequenceOf(position: number, origin: number): number {
  return (origin + position) >>> 0
}

/** Whether a timestamp is not older than another, modulo 2³². */
export function isNotOlder(timestamp: number, than: number): boolean {
  return ((timestamp - than) | 0) >= 0
}

/** Whether a timestamp is older than another, modulo 2³², by two or more: Linux lets one pass (tcp_paws_check, include/net/tcp.h). */
export function isOlder(timestamp: number, than: number): boolean {
  return ((than - timestamp) | 0) > 1
}
