/** Some bits of a 32-bit value, as marks are compared and changed. */
export interface Masked {
  /** From 0 to 2³² − 1. */
  readonly value: number
  /** The bits that count, from 0 to 2³² − 1; all by default. */
  readonly mask?: number | undefined
}

/** Whether the bits that count are the same: `(number & mask) === (value & mask)`. */
export function matchesMask(number: number, { value, mask = 0xffff_ffff }: Masked): boolean {
  return ((number ^ value) & mask) === 0
}

/** `number` with the bits that count taken from `value`: `(number & ~mask) | (value & mask)`. */
export function applyMask(number: number, { value, mask = 0xffff_ffff }: Masked): number {
  return ((number & ~mask) | (value & mask)) >>> 0
}
