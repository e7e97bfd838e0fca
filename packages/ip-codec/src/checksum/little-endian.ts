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
