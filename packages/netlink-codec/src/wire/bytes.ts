/**
 * Bytes in host order, alignment and text. netlink headers are in host order (`u16`, `u32`); netfilter payloads are big-endian, which
 * `@nfkit/inet/bytes` reads. No function checks bounds: the caller has compared lengths before.
 */
import { be16, be32, be64, putBe16, putBe32, view } from '@nfkit/inet/bytes'

// Not in any es lib, yet in every runtime this package runs in, browsers included.
declare class TextDecoder {
  constructor(label: string, options: { ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}

// A byte order mark is part of the text.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Whether this machine stores the low byte first, as every platform with prebuilt binaries does. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

let worded: Uint8Array = new Uint8Array(0)
let latestWords: Int32Array | undefined = new Int32Array(worded.buffer)

/** The bytes as 32-bit words in host order, faster still; `undefined` where `p` is not aligned in memory. */
export function words(b: Uint8Array, p: number): Int32Array | undefined {
  if (b !== worded) lookAtWords(b)
  return (p & 3) === 0 ? latestWords : undefined
}

function lookAtWords(b: Uint8Array): void {
  latestWords = b.byteOffset % 4 === 0 ? new Int32Array(b.buffer, b.byteOffset, b.length >>> 2) : undefined
  worded = b
}

// Of each there are two, and none asks at each call which order this machine has: V8 knows neither constants of a module when it compiles.
/** 32 bits in host order. */
export const getU32: (view: DataView, p: number) => number = littleEndian
  ? (view, p) => view.getUint32(p, true)
  : (view, p) => view.getUint32(p)

function le16(b: Uint8Array, p: number): number {
  return b[p]! | (b[p + 1]! << 8)
}

function le32(b: Uint8Array, p: number): number {
  return (b[p]! | (b[p + 1]! << 8) | (b[p + 2]! << 16) | (b[p + 3]! << 24)) >>> 0
}

/** 16 bits in host order. */
export const u16: (b: Uint8Array, p: number) => number = littleEndian ? le16 : be16
/** 32 bits in host order. */
export const u32: (b: Uint8Array, p: number) => number = littleEndian ? le32 : be32

/** 64 bits in host order. */
export function u64(b: Uint8Array, p: number): bigint {
  return littleEndian ? (BigInt(le32(b, p + 4)) << 32n) | BigInt(le32(b, p)) : be64(b, p)
}

/** 32 bits in host order, signed: the error numbers of `NLMSG_ERROR` and `NLMSG_DONE`. */
export function i32(b: Uint8Array, p: number): number {
  return u32(b, p) | 0
}

function putLe16(b: Uint8Array, p: number, value: number): void {
  b[p] = value
  b[p + 1] = value >>> 8
}

function putLe32(b: Uint8Array, p: number, value: number): void {
  b[p] = value
  b[p + 1] = value >>> 8
  b[p + 2] = value >>> 16
  b[p + 3] = value >>> 24
}

/** Store the low 16 bits of `value` in this machine's byte order. */
export const putU16: (b: Uint8Array, p: number, value: number) => void = littleEndian ? putLe16 : putBe16
/** Store the low 32 bits of `value` in this machine's byte order. */
export const putU32: (b: Uint8Array, p: number, value: number) => void = littleEndian ? putLe32 : putBe32

export function putU64(b: Uint8Array, p: number, value: bigint): void {
  putU32(b, littleEndian ? p : p + 4, Number(value & 0xffff_ffffn))
  putU32(b, littleEndian ? p + 4 : p, Number(value >> 32n))
}

/** An attribute's length field has 16 bits, four of them bytes of header. */
export const attrLimit = 0xffff - 4

/** Bits 14 and 15 of an attribute's type say "net byte order" and "nested"; the rest is the id. */
export const typeMask = 0x3fff
export const nestedBit = 0x8000

/** What an attribute's header says, read as 32 bits in host order: one read instead of two. */
export const lengthIn: (header: number) => number = littleEndian
  ? (header) => header & 0xffff
  : (header) => header >>> 16
export const idIn: (header: number) => number = littleEndian
  ? (header) => (header >>> 16) & typeMask
  : (header) => header & typeMask

/** Up to the next multiple of four: `NLMSG_ALIGN` and `NLA_ALIGN` are the same number. */
export function align(n: number): number {
  return (n + 3) & ~3
}

/** UTF-8 text up to the first NUL, or all `n` bytes when there is none. */
export function text(b: Uint8Array, p: number, n: number): string {
  let length = 0
  while (length < n && b[p + length] !== 0) length++
  return decoder.decode(view(b, p, p + length))
}
