import { putU16, putU32, u16, u32 } from '@nfkit/netlink-codec'

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** Byte by byte, as memcmp: below 0, 0, or above. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - (b[i] ?? 0)
  return 0
}

/** Numbers in registers are in host order. */
export const putHost = (bytes: Uint8Array, at: number, value: number, size: 1 | 2 | 4): void => {
  if (size === 1) bytes.fill(0, at, at + 4)
  if (size === 2) bytes.fill(0, at, at + 4)
  if (size === 1) bytes[at] = value
  else if (size === 2) putU16(bytes, at, value)
  else putU32(bytes, at, value)
}

export function putHost64(bytes: Uint8Array, at: number, value: bigint): void {
  putU32(bytes, at, Number(value & 0xffff_ffffn))
  putU32(bytes, at + 4, Number(value >> 32n))
}

export const host32 = u32
export const host16 = u16

/** Bytes into a register, padded to a multiple of 4 with zeros (nft_reg_store…, nft_payload_eval). */
export function load(registers: Uint8Array, at: number, bytes: Uint8Array): void {
  const end = at + bytes.length
  registers.set(bytes, at)
  registers.fill(0, end, (end + 3) & ~3)
}
