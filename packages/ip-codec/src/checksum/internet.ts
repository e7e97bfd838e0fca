import { be16 } from '@nfkit/inet/bytes'

/** What is known of a checksum: `absent` is a UDP sender's choice, `unknown` when bytes it covers are not there. */
export type ChecksumState = 'valid' | 'invalid' | 'absent' | 'unknown'

/** From here on the window that reads four bytes at once is worth making. */
const longRun = 160

/**
 * The sum of the 16-bit words of `bytes[start, end)`, not yet folded; a last odd byte counts as the upper half of a word. Sums
 * may be added together as long as all but the last cover an even number of bytes.
 */
export function sumWords(bytes: Uint8Array, start: number, end: number): number {
  // Halves apart: those of 65,535 bytes cannot overflow 31 bits, which keeps the loops on small integers.
  let upper = 0
  let lower = 0
  let p = start
  if (end - start >= longRun) {
    const words = new DataView(bytes.buffer, bytes.byteOffset, end)
    for (; p + 8 <= end; p += 8) {
      const first = words.getUint32(p)
      const second = words.getUint32(p + 4)
      upper += (first >>> 16) + (second >>> 16)
      lower += (first & 0xffff) + (second & 0xffff)
    }
  }
  let sum = upper + lower
  for (; p + 2 <= end; p += 2) sum += be16(bytes, p)
  return p < end ? sum + bytes[p]! * 256 : sum
}

/** A sum in 16 bits, carries added back in (RFC 1071). It is 0xffff for words that hold their own valid checksum. */
export function fold(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16)
  return folded
}

/** The checksum that makes words of this sum valid. */
export function checksumOf(sum: number): number {
  return ~fold(sum) & 0xffff
}

/**
 * The internet checksum of `bytes[start, end)` (RFC 1071), where the field for it holds 0.
 *
 * @example
 * import { internetChecksum } from '@nfkit/ip-codec'
 *
 * console.log(internetChecksum(Uint8Array.of(0x45, 0x00), 0, 2).toString(16)) // baff
 */
export function internetChecksum(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return checksumOf(sumWords(bytes, start, end))
}

/**
 * A checksum after words under it changed, without a look at the rest (RFC 1624). `delta` is the sum of new minus old words; a wrong
 * checksum stays wrong. For UDP put 0xffff where this gives 0. It assumes that not all words are 0, as in no IP, TCP or UDP header.
 */
export function updateChecksum(checksum: number, delta: number): number {
  // Ones' complement is arithmetic modulo 0xffff, with 0xffff for zero.
  const sum = ((~checksum & 0xffff) + delta) % 0xffff
  return ~(sum > 0 ? sum : sum + 0xffff) & 0xffff
}

/** Put a whole number of `size` bytes at `at`, and say how that changes the sum of the words counted from `base` on. */
export function replaceNumber(bytes: Uint8Array, at: number, size: number, value: number, base: number): number {
  let delta = 0
  for (let i = 0; i < size; i++) {
    delta += replaceByte(bytes, at + i, (value >>> (8 * (size - 1 - i))) & 0xff, base)
  }
  return delta
}

/** The same for a run of bytes. */
export function replaceBytes(bytes: Uint8Array, at: number, value: Uint8Array, base: number): number {
  let delta = 0
  for (let i = 0; i < value.length; i++) delta += replaceByte(bytes, at + i, value[i]!, base)
  return delta
}

function replaceByte(bytes: Uint8Array, at: number, value: number, base: number): number {
  const change = value - bytes[at]!
  bytes[at] = value
  return ((at - base) & 1) === 0 ? change * 256 : change
}

/** Whether the IPv4 header of `headerLength` bytes at `start` holds its checksum. */
export function headerChecksumValid(bytes: Uint8Array, start: number, headerLength: number): boolean {
  return fold(sumWords(bytes, start, start + headerLength)) === 0xffff
}

/** The checksum of the IPv4 header of `headerLength` bytes at `start`, whatever the field holds now. */
export function headerChecksum(bytes: Uint8Array, start: number, headerLength: number): number {
  return checksumOf(sumWords(bytes, start, start + headerLength) - be16(bytes, start + 10))
}
