import { u32 } from '@nfkit/netlink-codec'

const rotated = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

/** Jenkins' hash of bytes (jhash, include/linux/jhash.h), which is the same on every machine. */
export function jenkins(bytes: Uint8Array, seed: number): number {
  const start = (0xdead_beef + bytes.length + seed) | 0
  let [a, b, c] = [start, start, start]
  const padded = new Uint8Array(Math.ceil(bytes.length / 12) * 12)
  padded.set(bytes)
  let at = 0
  for (; bytes.length - at > 12; at += 12) {
    a = (a + u32(padded, at)) | 0
    b = (b + u32(padded, at + 4)) | 0
    c = (c + u32(padded, at + 8)) | 0
    a = ((a - c) ^ rotated(c, 4)) | 0
    c = (c + b) | 0
    b = ((b - a) ^ rotated(a, 6)) | 0
    a = (a + c) | 0
    c = ((c - b) ^ rotated(b, 8)) | 0
    b = (b + a) | 0
    a = ((a - c) ^ rotated(c, 16)) | 0
    c = (c + b) | 0
    b = ((b - a) ^ rotated(a, 19)) | 0
    a = (a + c) | 0
    c = ((c - b) ^ rotated(b, 4)) | 0
    b = (b + a) | 0
  }
  if (bytes.length === at) return c >>> 0
  a = (a + u32(padded, at)) | 0
  b = (b + u32(padded, at + 4)) | 0
  c = (c + u32(padded, at + 8)) | 0
  c = ((c ^ b) - rotated(b, 14)) | 0
  a = ((a ^ c) - rotated(c, 11)) | 0
  b = ((b ^ a) - rotated(a, 25)) | 0
  c = ((c ^ b) - rotated(b, 16)) | 0
  a = ((a ^ c) - rotated(c, 4)) | 0
  b = ((b ^ a) - rotated(a, 14)) | 0
  c = ((c ^ b) - rotated(b, 24)) | 0
  return c >>> 0
}
