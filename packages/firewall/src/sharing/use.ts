/** What another program's rule has to do with marks. */
export interface MarkUse {
  /** Whose mark it is. */
  readonly of: 'packet' | 'connection'
  /**
   * Bits that must be no firewall's. Of packets: those that it wants to find set, or sets, since a firewall takes them away. Of connections: all that it compares
   * or changes, since a firewall's verdict is in them.
   */
  readonly bits: number
}

/** What is known of a rule. */
export interface RuleUses {
  readonly uses: readonly MarkUse[]
  /** What of it could not be read, in words. */
  readonly unread?: string | undefined
}

/** Every bit. */
export const allBits = 0xffff_ffff

/** The bits that numbers up to this one may have. */
export const bitsUpTo = (most: number): number => (most === 0 ? 0 : allBits >>> Math.clz32(most))

/** A comparison: `value` is the bits that one of the values has, where they are known. */
export const compared = (of: MarkUse['of'], mask: number, value: number): MarkUse => ({
  of,
  bits: (of === 'packet' ? mask & value : mask) >>> 0,
})

/** Bits that change, and those of them that are set. */
export const changed = (of: MarkUse['of'], bits: number, set: number): MarkUse => ({
  of,
  bits: (of === 'packet' ? set : bits | set) >>> 0,
})
