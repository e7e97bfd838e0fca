import { be32 } from '@nfkit/inet/bytes'

/** Every bit of a word. */
export const all = 0xffff_ffff
export const bytesInWord = 4

/** A mask of the first bytes of a word. */
export const first = (bytes: number): number => (bytes >= bytesInWord ? all : ~(all >>> (8 * bytes)) >>> 0)

/** A constant as the first word of a register has it. */
export function wordOf(bytes: Uint8Array): number {
  const padded = new Uint8Array(bytesInWord)
  padded.set(bytes.subarray(0, bytesInWord))
  return be32(padded, 0)
}
