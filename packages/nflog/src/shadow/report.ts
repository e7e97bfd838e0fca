import type { LoggedPacketView } from '../packet.ts'

/** A packet on which the policies differ. */
export interface ShadowDifference {
  /** The copy. */
  readonly packet: LoggedPacketView
  /** The verdict it had: `accept`, `queue 3`, `accept mark 0x7`. */
  readonly live: string
  /** The verdict the shadow gives. */
  readonly shadow: string
}

/** What a shadow has found so far. */
export interface ShadowReport {
  /** Packets of which both verdicts are known. */
  readonly compared: number
  /** Those on which the verdicts differ. */
  readonly different: number
  /** How many of each kind: `accept → drop`, the live verdict first. */
  readonly kinds: { readonly [kind: string]: number }
  /** LiveVerdict packets whose copy did not come in time: lost, or never logged. They are no differences. */
  readonly withoutCopy: number
  /** Copies whose packet was not judged in time: it was not queued, or was cut into segments. They are no differences. */
  readonly withoutVerdict: number
  /** Packets that cannot be told from others that were judged otherwise at the same time. They are no differences. */
  readonly ambiguous: number
  /** Copies on which the shadow threw, or said nothing. */
  readonly failed: number
  /** Packets and copies that wait for each other. */
  readonly waiting: number
}
