import type { FlowFilter } from '@nfkit/conntrack'
import type { Nftables, RuleBatch } from '@nfkit/nftables'
import { AddressList, type RangeLeft } from './lists/address-list.ts'
import { nameUnknown, type OpeningLists } from './lists/opening.ts'
import { type ListingOptions, type Places, placesOf, untilOf } from './lists/places.ts'
import { type NameList, nameLists, type Register } from './names/register.ts'
import type { Layout } from './rules/layout.ts'

/** What lists need. */
export interface ListedTerms {
  readonly nft: Nftables
  readonly layout: Layout
  /** Where names are listed, if they are. */
  readonly register: Register | undefined
  /** Have connections that match judged again, or all of them. */
  readonly reconsider: (filter?: FlowFilter) => Promise<unknown>
}

/** Lists, as one firewall leaves them to the next: plain data. */
export interface ListsLeft {
  /** What no packet passes to or from. */
  readonly blocked: readonly RangeLeft[]
  /** What all packets pass to and from. */
  readonly allowed: readonly RangeLeft[]
}

/** Addresses, networks and names that are blocked or allowed, whatever the judge says. */
export class Listed {
  readonly #register: Register | undefined
  readonly #reconsider: ListedTerms['reconsider']
  readonly #addresses: { readonly [list in NameList]: AddressList }

  constructor({ nft, layout, register, reconsider }: ListedTerms) {
    this.#register = register
    this.#reconsider = reconsider
    this.#addresses = {
      blocked: new AddressList(nft, layout.blocked),
      allowed: new AddressList(nft, layout.allowed),
    }
  }

  /** The first to be listed, by a batch behind which the sets of addresses have nothing else. */
  begin(batch: RuleBatch, lists: OpeningLists): void {
    for (const list of nameLists) {
      this.#addresses[list].begin(batch, lists[list])
      for (const { names, until } of lists[list]) this.#register?.add(list, names, until)
    }
  }

  /** Rejects with `RangeError` for what cannot be listed, and as `commit` does. */
  async add(list: NameList, where: string | readonly string[], options: ListingOptions): Promise<void> {
    const { regions, names } = this.#placesOf(where)
    const until = untilOf(options)
    await this.#addresses[list].add(regions, until)
    this.#register?.add(list, names, until)
  }

  /** Take all back that is listed there, on whichever list. Rejects as `add` does. */
  async remove(where: string | readonly string[]): Promise<void> {
    const { regions, names } = this.#placesOf(where)
    await Promise.all(Object.values(this.#addresses).map((list) => list.remove(regions)))
    if (!this.#register || names.length === 0) return
    const gone = await this.#register.remove(names)
    const isGone = (address: string | undefined) => address !== undefined && gone!.has(address)
    if (gone === undefined) await this.#reconsider()
    else if (gone.size > 0)
      await this.#reconsider({
        where: ({ original, reply }) => isGone(original.destination.address) || isGone(reply.source.address),
      })
  }

  /** For the next firewall. */
  async left(): Promise<ListsLeft> {
    const { blocked, allowed } = this.#addresses
    return { blocked: await blocked.left(), allowed: await allowed.left() }
  }

  /** What another firewall has left. */
  takeOver(left: ListsLeft): void {
    for (const list of nameLists) this.#addresses[list].takeOver(left[list])
  }

  #placesOf(where: string | readonly string[]): Places {
    const places = placesOf(where)
    const [name] = places.names
    if (name === undefined || this.#register) return places
    throw nameUnknown(name)
  }
}
