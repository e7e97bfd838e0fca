/** Reads and writes numbers in the order the machine that wrote a file stores them. No function checks bounds. */
export interface ByteOrder {
  /** What pcapng and pcap files call it. */
  readonly name: 'little' | 'big'
  /** 16 bits at `p`. */
  u16(b: Uint8Array, p: number): number
  /** 32 bits at `p`, from 0 to 2³² − 1. */
  u32(b: Uint8Array, p: number): number
  /** Store the low 16 bits of `value` at `p`. */
  putU16(b: Uint8Array, p: number, value: number): void
  /** Store the low 32 bits of `value` at `p`. */
  putU32(b: Uint8Array, p: number, value: number): void
}

/** The least significant byte comes first, as on x86 and ARM. */
export const little: ByteOrder = {
  name: 'little',
  u16: (b, p) => b[p]! | (b[p + 1]! << 8),
  u32: (b, p) => (b[p]! | (b[p + 1]! << 8) | (b[p + 2]! << 16) | (b[p + 3]! << 24)) >>> 0,
  putU16(b, p, value) {
    b[p] = value
    b[p + 1] = value >>> 8
  },
  putU32(b, p, value) {
    b[p] = value
    b[p + 1] = value >>> 8
    b[p + 2] = value >>> 16
    b[p + 3] = value >>> 24
  },
}

/** The most significant byte comes first, as on s390x. */
export const big: ByteOrder = {
  name: 'big',
  u16: (b, p) => (b[p]! << 8) | b[p + 1]!,
  u32: (b, p) => ((b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!) >>> 0,
  putU16(b, p, value) {
    b[p] = value >>> 8
    b[p + 1] = value
  },
  putU32(b, p, value) {
    b[p] = value >>> 24
    b[p + 1] = value >>> 16
    b[p + 2] = value >>> 8
    b[p + 3] = value
  },
}

/** The order of the machine this runs on. */
export const hostOrder: ByteOrder = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? little : big
