import type { MarkUse } from './use.ts'

/** A rule of another program that uses bits of a firewall. */
export interface MarkClash {
  /** Where the rule is. */
  readonly where: 'nf_tables' | 'ip rule' | 'iptables-legacy'
  /** The rule, in the words of nft, ip and iptables. */
  readonly rule: string
  /** Whose marks it is about. */
  readonly of: 'packet' | 'connection'
  /** The bits that both use. */
  readonly bits: number
}

/** What was found of others that use marks. */
export interface MarkCheck {
  /** Rules that use bits of the firewall. */
  readonly clashes: readonly MarkClash[]
  /** What could not be looked at, a sentence each. What no program can look at is not among it: marks that sockets and BPF programs set. */
  readonly unchecked: readonly string[]
}

/** Bits of the mask are used by others. Nothing was changed. */
export class MarkClashError extends Error {
  static {
    this.prototype.name = 'MarkClashError'
  }
  /** The bits that were asked for. */
  readonly mask: number
  /** The rules that use them. */
  readonly clashes: readonly MarkClash[]

  /** @internal */
  constructor(mask: number, clashes: readonly MarkClash[]) {
    const shown = clashes.slice(0, mostShown).map(clashText)
    const more = clashes.length > mostShown ? `, and ${clashes.length - mostShown} more` : ''
    super(
      `mask: 0x${mask.toString(16)} has bits that others use: ${shown.join('; ')}${more}. Choose other bits, or say onMarkClash: 'accept'`,
    )
    this.mask = mask
    this.clashes = clashes
  }
}

/** Clashes that an error tells of in its sentence. */
const mostShown = 3

const clashText = ({ where, rule, of, bits }: MarkClash): string =>
  `0x${bits.toString(16)} of ${of}s, in ${where}: "${rule}"`

/** The clashes of a rule's uses with a mask, one for each kind of mark. */
export const clashesOf = (
  mask: number,
  uses: readonly MarkUse[],
  rule: Pick<MarkClash, 'where' | 'rule'>,
): readonly MarkClash[] =>
  (['packet', 'connection'] as const).flatMap((of) => {
    const bits = uses.reduce((sum, use) => (use.of === of ? sum | (use.bits & mask) : sum), 0) >>> 0
    return bits === 0 ? [] : [{ ...rule, of, bits }]
  })
