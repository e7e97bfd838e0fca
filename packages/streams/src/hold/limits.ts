/** How much a hold may keep, and how long. */
export interface HoldLimits {
  /** Packets of one connection; 32 by default. */
  readonly packets: number
  /** Bytes that were said since it began; 65,536 by default. */
  readonly bytes: number
  /** Milliseconds from its first packet on; 2,000 by default, which is less than the deadline of a queue. */
  readonly milliseconds: number
}

const most: HoldLimits = { packets: 65_536, bytes: 0x4000_0000, milliseconds: 0x7fff_ffff }

/** The usual limits with those that are given. Throws `TypeError` for one there is not, and `RangeError` for a value that cannot be. */
export function limitsWith(usual: HoldLimits, given: Partial<HoldLimits>): HoldLimits {
  const limits = { ...usual }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(most, name)) {
      throw new TypeError(`holdUntil: there is no option ${name}; there are side, ${Object.keys(most).join(', ')}`)
    }
    if (value === undefined) continue
    const limit = most[name as keyof HoldLimits]
    if (!Number.isInteger(value) || value < 1 || value > limit) {
      throw new RangeError(`holdUntil: ${name}: ${String(value)} is no whole number from 1 to ${limit}`)
    }
    limits[name as keyof HoldLimits] = value
  }
  return limits
}
