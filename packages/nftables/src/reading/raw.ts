import { EncodeError } from '@nfkit/netlink-codec'
import type {
  NftChain,
  NftElement,
  NftFlowtable,
  NftObject,
  NftRule,
  NftSet,
  NftTable,
} from '@nfkit/netlink-codec/nftables'
import type { Family } from '../values/hook.ts'

/** Something of a table, in the kernel's attributes. */
export interface Raw<T> {
  readonly family: Family
  readonly attributes: T
}

/** A set, in the kernel's attributes, and its elements. */
export interface RawSet extends Raw<NftSet> {
  readonly elements: readonly NftElement[]
}

/** Everything there is, in the kernel's attributes. */
export interface RawRuleset {
  readonly generation: number
  readonly tables: readonly Raw<NftTable>[]
  readonly chains: readonly Raw<NftChain>[]
  readonly rules: readonly Raw<NftRule>[]
  readonly sets: readonly RawSet[]
  readonly objects: readonly Raw<NftObject>[]
  readonly flowtables: readonly Raw<NftFlowtable>[]
}

/** `undefined` for what the values of this package cannot be. */
export function made<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof EncodeError || error instanceof RangeError || error instanceof TypeError) return undefined
    throw error
  }
}
