/**
 * Bytes in network order, and windows onto them. No function checks bounds: the caller has compared lengths before.
 *
 * @example
 * import { be16, view } from '@nfkit/inet/bytes'
 *
 * const udp = Uint8Array.of(0x13, 0x88, 0, 53, 0, 9, 0, 0, 7)
 * console.log(be16(udp, 0)) // 5000
 * console.log(view(udp, 8, 9)) // Uint8Array(1) [ 7 ]
 *
 * @module
 */

// Not in any es lib, yet in every runtime this package runs in, browsers included.
declare class TextEncoder {
  encode(text: string): Uint8Array
}

const encoder = new TextEncoder()

let viewed: Uint8Array = new Uint8Array(0)
let latest: DataView = new DataView(viewed.buffer)
let latestBuffer: ArrayBufferLike = viewed.buffer
let latestOffset = 0

/** The same bytes for who reads several at a time. The view of the last `b` is kept: a batch of messages lies in one run of bytes. */
export function dataView(b: Uint8Array): DataView {
  if (b !== viewed) look(b)
  return latest
}

// Apart: V8 inlines what has up to 27 bytes of bytecode wherever it is called.
function look(b: Uint8Array): void {
  latestBuffer = b.buffer
  latestOffset = b.byteOffset
  latest = new DataView(latestBuffer, latestOffset, b.length)
  viewed = b
}

/** A window onto the same memory, of `[start, end)`; empty when `end` is not after `start`. No bytes are copied. */
export function view(b: Uint8Array, start: number, end: number): Uint8Array {
  // Asking a typed array for its buffer and offset costs as much as making the view.
  dataView(b)
  return new Uint8Array(latestBuffer, latestOffset + start, end > start ? end - start : 0)
}

/** 16 bits in network order. */
export function be16(b: Uint8Array, p: number): number {
  return (b[p]! << 8) | b[p + 1]!
}

/** 32 bits in network order, from 0 to 2³² − 1. */
export function be32(b: Uint8Array, p: number): number {
  return ((b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!) >>> 0
}

/** 64 bits in network order. */
export function be64(b: Uint8Array, p: number): bigint {
  return (BigInt(be32(b, p)) << 32n) | BigInt(be32(b, p + 4))
}

/** Store the low 16 bits of `value` in network order. */
export function putBe16(b: Uint8Array, p: number, value: number): void {
  b[p] = value >>> 8
  b[p + 1] = value
}

/** Store the low 32 bits of `value` in network order. */
export function putBe32(b: Uint8Array, p: number, value: number): void {
  b[p] = value >>> 24
  b[p + 1] = value >>> 16
  b[p + 2] = value >>> 8
  b[p + 3] = value
}

/** Store the low 64 bits of `value` in network order. */
export function putBe64(b: Uint8Array, p: number, value: bigint): void {
  putBe32(b, p, Number(value >> 32n))
  putBe32(b, p + 4, Number(value & 0xffff_ffffn))
}

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}
