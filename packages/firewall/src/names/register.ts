import type { Nftables } from '@nfkit/nftables'
import { NameMap } from '../lists/name-map.ts'
import { type TimedAddress, TimedAddresses, type TimedAddressLeft } from '../lists/timed-addresses.ts'
import type { NameRules } from '../rules/names.ts'
import { Listing, type ListingLeft } from './listing.ts'

/** The lists there are. */
export const nameLists = ['blocked', 'allowed'] as const

/** Which list a name is on. */
export type NameList = (typeof nameLists)[number]

/** A list of names, as one firewall leaves it to the next: plain data. */
export interface NameListLeft {
  /** What the kernel has. */
  readonly addresses: readonly TimedAddressLeft[]
  readonly listings: readonly ListingLeft[]
}

/** Both lists. */
export type RegisterLeft = { readonly [list in NameList]: NameListLeft }

/** Names that are listed, and their addresses in the kernel's sets. */
export class Register {
  readonly #lists: { readonly [list in NameList]: TimedAddresses }
  readonly #listings = { blocked: new NameMap<Listing>(), allowed: new NameMap<Listing>() }
  readonly #most: number

  /** Each name may have so many addresses, and the kernel may be silent for so long. */
  constructor(nft: Nftables, rules: NameRules, most: number, timeoutMilliseconds: number) {
    const listOf = (list: NameList) => new TimedAddresses(nft, rules[list], timeoutMilliseconds)
    this.#lists = { blocked: listOf('blocked'), allowed: listOf('allowed') }
    this.#most = most
  }

  /** List names until then, on the clock of `performance.now()`; those that are listed for longer stay so. */
  add(list: NameList, names: readonly string[], until: number): void {
    const listings = this.#listings[list]
    const now = performance.now()
    for (const name of names) {
      const listing = listings.get(name)
      if (listing === undefined) listings.set(name, new Listing(this.#lists[list], until))
      else listing.until = listing.until > now ? Math.max(until, listing.until) : until
    }
  }

  /**
   * List them no more, nor the addresses that no other name has. Resolves to the addresses that were ever allowed by them, or to `undefined` where these were too
   * many to be remembered. Rejects as `commit` does.
   */
  async remove(names: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    const had = names.flatMap((name) => {
      const listing = this.#listings.allowed.get(name)
      return listing === undefined ? [] : [listing.had]
    })
    await Promise.all(nameLists.map((list) => this.#removeFrom(list, names, performance.now())))
    return had.includes(undefined) ? undefined : new Set(had.flatMap((addresses) => [...addresses!]))
  }

  /** Whether one of these names is listed. */
  has(names: readonly string[], now: number): boolean {
    return nameLists.some((list) => this.#of(list, names, now).length > 0)
  }

  /**
   * One of these names has these addresses: where it is listed, they are. The `server` that says so is not blocked. Returns `false` where they are too many, and
   * `true`, or a promise, as `TimedAddresses.add` does.
   */
  list(
    names: readonly string[],
    addresses: readonly TimedAddress[],
    server: string,
    now: number,
  ): Promise<unknown> | boolean {
    const parts = nameLists.map((list) => ({
      listings: this.#of(list, names, now),
      own: list === 'blocked' ? addresses.filter(({ address }) => address !== server) : addresses,
      list: this.#lists[list],
    }))
    for (const { listings, own, list } of parts) {
      if (listings.length === 0) continue
      if (!list.hasRoomFor(own.length)) return false
      if (!listings.every((one) => one.hasRoomFor(own, this.#most, now))) return false
    }
    const waits = parts.flatMap(({ listings, own }) => listings.flatMap((one) => one.add(own) ?? []))
    return waits.length === 0 || Promise.all(waits)
  }

  /** For the next firewall: resolves when changes that are under way are done. */
  async left(): Promise<RegisterLeft> {
    const [blocked, allowed] = await Promise.all(nameLists.map((list) => this.#leftOf(list)))
    return { blocked: blocked!, allowed: allowed! }
  }

  /** What another firewall has left. */
  takeOver(left: RegisterLeft, now: number): void {
    for (const list of nameLists) {
      this.#lists[list].takeOver(left[list].addresses, now)
      for (const one of left[list].listings) this.#listings[list].set(one.name, Listing.of(this.#lists[list], one, now))
    }
  }

  async #leftOf(list: NameList): Promise<NameListLeft> {
    const addresses = await this.#lists[list].left()
    const now = performance.now()
    const living = [...this.#listings[list].entries()].filter(([, { until }]) => until > now)
    return { addresses, listings: living.map(([name, listing]) => listing.left(name, now)) }
  }

  async #removeFrom(list: NameList, names: readonly string[], now: number): Promise<void> {
    const listings = this.#listings[list]
    const addresses = new Set(names.flatMap((name) => listings.get(name)?.addresses(now) ?? []))
    for (const name of names) listings.delete(name)
    for (const other of listings.values()) for (const address of other.addresses(now)) addresses.delete(address)
    if (addresses.size > 0) await this.#lists[list].remove([...addresses])
  }

  #of(list: NameList, names: readonly string[], now: number): readonly Listing[] {
    const all = names.flatMap((name) => this.#listings[list].matching(name))
    return [...new Set(all)].filter(({ until }) => until > now)
  }
}
