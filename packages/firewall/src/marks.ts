/**
 * What becomes of a connection. `accept`: all its packets pass, and the kernel sees to it. `drop`: none does. `reject`: none does, and who sends
 * one is told at once, by a reset of TCP or an ICMP error.
 */
export type FirewallVerdict = 'accept' | 'drop' | 'reject'

/** All of them. */
export const firewallVerdicts: readonly FirewallVerdict[] = ['accept', 'drop', 'reject']

const codes: { readonly [decided in FirewallVerdict]: number } = { accept: 1, drop: 2, reject: 3 }

const bitsOf = (mask: number): readonly number[] =>
  Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (mask >>> bit) & 1)

/** How many bits of the mask hold what was decided; the others hold the epoch. */
const codeBits = 2

/**
 * The bits of marks that belong to one firewall, and what they mean. The two lowest of the mask hold what was decided, the others under which
 * epoch. No value of a decision is 0: a mark of 0 says nothing.
 */
export class MarkBits {
  /** The bits, as a number of 32. */
  readonly mask: number
  /** The bits that say what was decided, whatever the epoch. */
  readonly verdictMask: number
  /** How many epochs marks can tell apart. */
  readonly epochs: number
  /** Of a connection that is the firewall's to judge, and on which nothing is decided. */
  readonly open: number
  readonly #bits: readonly number[]

  /** Whether a number of 32 bits has enough of them. */
  static suffices(mask: number): boolean {
    return bitsOf(mask).length > codeBits
  }

  /** Throws `RangeError` for a mask of less than three bits. */
  constructor(mask: number) {
    if (!Number.isInteger(mask) || mask < 0 || mask > 0xffff_ffff)
      throw new RangeError(`mask: ${String(mask)} is no whole number from 0 to ${0xffff_ffff}`)
    this.#bits = bitsOf(mask)
    if (!MarkBits.suffices(mask))
      throw new RangeError(
        `mask: 0x${mask.toString(16)} has ${this.#bits.length} bits, and 3 are needed: two for what was decided, the others for the epoch`,
      )
    this.mask = mask
    this.epochs = 2 ** (this.#bits.length - codeBits)
    this.verdictMask = this.#spread((1 << codeBits) - 1)
    this.open = this.#spread((this.epochs - 1) * 2 ** codeBits)
  }

  /** The mark of what was decided under an epoch, 0 to `epochs` − 1. */
  of(decided: FirewallVerdict, epoch: number): number {
    return this.#spread(codes[decided] + epoch * 2 ** codeBits)
  }

  /** What was decided, under whatever epoch. */
  verdict(decided: FirewallVerdict): number {
    return this.#spread(codes[decided])
  }

  /** The epoch of a mark on which something was decided; `undefined` where nothing was. */
  epochOf(mark: number): number | undefined {
    const value = this.#gather(mark)
    return value % 2 ** codeBits === 0 ? undefined : Math.floor(value / 2 ** codeBits)
  }

  /** A mark with these bits in place of its own. */
  with(mark: number, value: number): number {
    return ((mark & ~this.mask) | value) >>> 0
  }

  #spread(value: number): number {
    return this.#bits.reduce((mark, bit, place) => mark | (((value >>> place) & 1) << bit), 0) >>> 0
  }

  #gather(mark: number): number {
    return this.#bits.reduce((value, bit, place) => value | (((mark >>> bit) & 1) << place), 0) >>> 0
  }
}
