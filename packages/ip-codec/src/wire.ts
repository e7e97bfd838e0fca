/**
 * Bytes are read and written here and nowhere else. Packets are big-endian throughout; no function checks bounds: whoever calls
 * has compared lengths before.
 */

// Not in any es lib, yet in every runtime this package runs in, browsers included.
declare class TextEncoder {
  encode(text: string): Uint8Array
}

const encoder = new TextEncoder()

export function be16(b: Uint8Array, p: number): number {
  return (b[p]! << 8) | b[p + 1]!
}

export function be32(b: Uint8Array, p: number): number {
  return ((b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!) >>> 0
}

export function putBe16(b: Uint8Array, p: number, value: number): void {
  b[p] = value >>> 8
  b[p + 1] = value
}

export function putBe32(b: Uint8Array, p: number, value: number): void {
  b[p] = value >>> 24
  b[p + 1] = value >>> 16
  b[p + 2] = value >>> 8
  b[p + 3] = value
}

/** The one little-endian field there is: the CRC of SCTP. */
export function le32(b: Uint8Array, p: number): number {
  return (b[p]! | (b[p + 1]! << 8) | (b[p + 2]! << 16) | (b[p + 3]! << 24)) >>> 0
}

export function putLe32(b: Uint8Array, p: number, value: number): void {
  b[p] = value
  b[p + 1] = value >>> 8
  b[p + 2] = value >>> 16
  b[p + 3] = value >>> 24
}

/** A window onto the same memory, of `[start, end)`; empty when `end` is not after `start`. No bytes are copied. */
export function view(b: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(b.buffer, b.byteOffset + start, end > start ? end - start : 0)
}

export function utf8(value: string): Uint8Array {
  return encoder.encode(value)
}
