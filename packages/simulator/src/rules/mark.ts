/** A set of bits: `(value & mask) === value given`; the mask is all ones by default. */
export interface MarkMatch {
  /** What the bits under the mask must be. */
  readonly value: number
  /** Bits that count. */
  readonly mask?: number | undefined
}

/** A number changed under a mask: `(old & ~mask) | value`. */
export interface MarkChange {
  /** Bits to set. */
  readonly value: number
  /** Bits that are cleared first; all by default. */
  readonly mask?: number | undefined
}

const allBits = 0xffff_ffff

export function hasBits(mark: number, match: number | MarkMatch): boolean {
  const { value, mask = allBits } = typeof match === 'number' ? { value: match } : match
  return (mark & mask) >>> 0 === value
}

export function changed(old: number, change: number | MarkChange): number {
  const { value, mask = allBits } = typeof change === 'number' ? { value: change } : change
  return ((old & ~mask) | value) >>> 0
}
