import type { NftElement } from '@nfkit/netlink-codec/nftables'

/** What a rule needs to know of a set it looks up in. */
export interface KnownSet {
  /** Whether the set belongs to one rule: its elements are then part of the rule. */
  readonly anonymous: boolean
  readonly interval: boolean
  /** Bytes of a key. */
  readonly keyLength: number
  /** Of a set without a name of its own. */
  readonly elements: readonly NftElement[]
}

/** The sets of a table by name; `undefined` for one that is not there. */
export type KnownSets = (name: string) => KnownSet | undefined
