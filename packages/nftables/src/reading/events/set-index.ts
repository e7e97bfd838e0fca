import type { Message } from '@nfkit/netlink-codec'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { nftElements, nftFlags, nftMessage, nftSet, nftTable } from '@nfkit/netlink-codec/nftables'
import type { KnownSets } from '../../raising/members.ts'
import { type Family, familyName } from '../../values/hook.ts'
import type { RawSet } from '../raw.ts'
import { knownSetsOf } from '../set.ts'
import { attributesOf } from '../snapshot.ts'

const keyOf = (family: Family, table: string | undefined): string => `${family} ${table}`

/** The sets there are, which rules and elements are read by: as of a snapshot, and of the events since. */
export class SetIndex {
  readonly #tables = new Map<string, Map<string | undefined, RawSet>>()

  constructor(sets: readonly RawSet[]) {
    for (const set of sets) this.#add(set)
  }

  find(family: Family, table: string | undefined, name: string | undefined): RawSet | undefined {
    return this.#tables.get(keyOf(family, table))?.get(name)
  }

  /** The sets of a table. */
  of(family: Family, table: string | undefined): KnownSets {
    return knownSetsOf([...(this.#tables.get(keyOf(family, table))?.values() ?? [])])
  }

  isAnonymous({ attributes: { flags = 0 } }: RawSet): boolean {
    return (flags & nftFlags.set.anonymous) !== 0
  }

  /** Takes in what a message makes. */
  learn(message: Message): void {
    const family = familyName(netfilterOf(message).family)
    if (family === undefined) return
    if (message.type === nftMessage.newSet.type) {
      const attributes = attributesOf(message, nftSet)
      const elements = this.find(family, attributes.table, attributes.name)?.elements ?? []
      this.#add({ family, attributes, elements })
    } else if (message.type === nftMessage.newElements.type) {
      const { table, set, elements = [] } = attributesOf(message, nftElements)
      const known = this.find(family, table, set)
      // Elements of a set with a name are not parts of rules.
      if (known && this.isAnonymous(known)) this.#add({ ...known, elements: [...known.elements, ...elements] })
    }
  }

  /** Lets go of what a message deletes. */
  forget(message: Message): void {
    const family = familyName(netfilterOf(message).family)
    if (family === undefined) return
    if (message.type === nftMessage.deleteTable.type || message.type === nftMessage.destroyTable.type)
      this.#tables.delete(keyOf(family, attributesOf(message, nftTable).name))
    if (message.type === nftMessage.deleteSet.type || message.type === nftMessage.destroySet.type) {
      const { table, name } = attributesOf(message, nftSet)
      this.#tables.get(keyOf(family, table))?.delete(name)
    }
  }

  #add(set: RawSet): void {
    const key = keyOf(set.family, set.attributes.table)
    const sets = this.#tables.get(key) ?? new Map<string | undefined, RawSet>()
    this.#tables.set(key, sets)
    const kept = this.isAnonymous(set) ? set : { ...set, elements: [] }
    sets.set(set.attributes.name, kept)
  }
}
