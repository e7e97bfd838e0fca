import type { NftChain, NftElements, NftFlowtable, NftObject, NftSet } from '@nfkit/netlink-codec/nftables'
import type { Chain } from '../values/chain.ts'
import type { Element } from '../values/element.ts'
import type { NamedMap } from '../values/map.ts'
import type { NamedObject } from '../values/object.ts'
import type { Rule } from '../values/rule.ts'
import type { NamedSet } from '../values/set.ts'
import type { Table } from '../values/table.ts'

/** Tables and everything in them. */
export interface Listing {
  /** The tables, in the order the kernel has them. */
  readonly tables: readonly ListedTable[]
}

/** Everything the kernel has, as of one generation. */
export interface Ruleset extends Listing {
  /** Number of the generation: another one after each commit. */
  readonly generation: number
}

/** A table and everything in it. */
export interface ListedTable {
  /** The table itself. */
  readonly table: Table
  /** The kernel's number of the table. */
  readonly handle: bigint
  /** Port id of the socket the table belongs to. */
  readonly owner?: number
  /** Its chains with their rules. */
  readonly chains: readonly ListedChain[]
  /** Its sets and maps with their elements; those that are parts of a rule are in the rule. */
  readonly sets: readonly ListedSet[]
  /** Its counters, quotas, limits and helpers that have a name. */
  readonly objects: readonly ListedObject[]
  /** What has no value here, with the kernel's attributes. */
  readonly others: readonly Other[]
}

/** A chain and its rules, in their order. */
export interface ListedChain {
  /** The chain itself. */
  readonly chain: Chain
  /** The kernel's number of the chain in its table. */
  readonly handle: bigint
  /** Its rules, with their handles. */
  readonly rules: readonly Rule[]
}

/** A set or map and its elements, in the order of their keys. */
export interface ListedSet {
  /** The set or map itself. */
  readonly set: NamedSet | NamedMap
  /** The kernel's number of the set in its table. */
  readonly handle: bigint
  /** Its elements. */
  readonly elements: readonly Element[]
}

/** An object, with what it has counted so far. */
export interface ListedObject {
  /** The object: its state is what it has counted. */
  readonly object: NamedObject
  /** The kernel's number of the object in its table. */
  readonly handle: bigint
}

/**
 * What the values of this package do not say, as the kernel tells it: chains of several devices, sets of types without a name or with statements of their
 * own, elements that stand for everything else, objects that are no counter, quota, limit or helper, flowtables.
 */
export type Other =
  /** A chain, and its rules. */
  | { readonly kind: 'chain'; readonly attributes: NftChain; readonly rules: readonly Rule[] }
  /** A set or map. */
  | { readonly kind: 'set'; readonly attributes: NftSet }
  /** Elements of a set or map. */
  | { readonly kind: 'elements'; readonly attributes: NftElements }
  /** An object. */
  | { readonly kind: 'object'; readonly attributes: NftObject }
  /** A flowtable. */
  | { readonly kind: 'flowtable'; readonly attributes: NftFlowtable }
