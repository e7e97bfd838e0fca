import { le32 } from './little-endian.ts'

/** Castagnoli's polynomial, bits reversed (RFC 9260, appendix A). */
const polynomial = 0x82f63b78

/** Four tables of 256, so that four bytes are taken a step; made on first use. */
let tables: Int32Array | undefined

function makeTables(): Int32Array {
  const t = new Int32Array(1024)
  for (let i = 0; i < 256; i++) {
    let crc = i
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    t[i] = crc
  }
  for (let i = 256; i < 1024; i++) t[i] = (t[i - 256]! >>> 8) ^ t[t[i - 256]! & 0xff]!
  return t
}

/** Take `bytes[start, end)` into a running CRC32c; start with 0 and go on with what came out. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, before = 0): number {
  tables ??= makeTables()
  const t = tables
  let crc = ~before
  let p = start
  for (; p + 4 <= end; p += 4) {
    crc ^= le32(bytes, p)
    crc = t[768 + (crc & 0xff)]! ^ t[512 + ((crc >>> 8) & 0xff)]! ^ t[256 + ((crc >>> 16) & 0xff)]! ^ t[crc >>> 24]!
  }
  for (; p < end; p++) crc = (crc >>> 8) ^ t[(crc ^ bytes[p]!) & 0xff]!
  return ~crc >>> 0
}

const zeros = new Uint8Array(4)

/** The CRC32c of the SCTP packet in `bytes[start, end)`, whatever its field holds now. The field is little-endian. */
export function sctpChecksum(bytes: Uint8Array, start: number, end: number): number {
  return crc32c(bytes, start + 12, end, crc32c(zeros, 0, 4, crc32c(bytes, start, start + 8)))
}
