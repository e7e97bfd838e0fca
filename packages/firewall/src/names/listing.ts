import {
  type TimedAddress,
  type TimedAddresses,
  type TimedAddressLeft,
  timedAddressesLeft,
  timedAddressesOf,
} from '../lists/timed-addresses.ts'

/** How many addresses are remembered that a name has had. */
const mostRemembered = 4_096

/** A name that is listed, as one firewall leaves it to the next: plain data. */
export interface ListingLeft {
  /** As it is listed. */
  readonly name: string
  /** For how long it is listed, in milliseconds; `null` for ever. */
  readonly milliseconds: number | null
  /** Addresses it has. */
  readonly addresses: readonly TimedAddressLeft[]
  /** Addresses it has ever had; `null` where these were too many to be remembered. */
  readonly had: readonly string[] | null
}

/** A name that is blocked or allowed, and the addresses it has. */
export class Listing {
  /** Until when it is listed, on the clock of `performance.now()`. */
  until: number
  readonly #list: TimedAddresses
  readonly #addresses = new Map<string, number>()
  /** `undefined` once there were too many. */
  #had: Set<string> | undefined = new Set()

  /** On a list. */
  constructor(list: TimedAddresses, until: number) {
    this.#list = list
    this.until = until
  }

  /** As another firewall has left it. */
  static of(list: TimedAddresses, { milliseconds, addresses, had }: ListingLeft, now: number): Listing {
    const listing = new Listing(list, milliseconds === null ? Number.POSITIVE_INFINITY : now + milliseconds)
    for (const { address, until } of timedAddressesOf(addresses, now)) listing.#addresses.set(address, until)
    listing.#had = had === null ? undefined : new Set(had)
    return listing
  }

  /** For the next firewall, by its name. */
  left(name: string, now: number): ListingLeft {
    const milliseconds = this.until === Number.POSITIVE_INFINITY ? null : this.until - now
    const addresses = timedAddressesLeft(this.#addresses, now)
    return { name, milliseconds, addresses, had: this.#had ? [...this.#had] : null }
  }

  /** Addresses it has. */
  addresses(now: number): readonly string[] {
    for (const [address, until] of this.#addresses) if (until <= now) this.#addresses.delete(address)
    return [...this.#addresses.keys()]
  }

  /** Addresses it has ever had, where they can be remembered: connections to them may live longer. */
  get had(): ReadonlySet<string> | undefined {
    return this.#had
  }

  /** Whether it may have these addresses, too, without having more than so many. */
  hasRoomFor(addresses: readonly TimedAddress[], most: number, now: number): boolean {
    const more = addresses.filter(({ address }) => !this.#addresses.has(address)).length
    return this.#addresses.size + more <= most || this.addresses(now).length + more <= most
  }

  /** It has these addresses, as long as it is listed itself. As `TimedAddresses.add`. */
  add(addresses: readonly TimedAddress[]): Promise<void> | undefined {
    const own = addresses.map(({ address, until }) => ({ address, until: Math.min(until, this.until) }))
    for (const { address, until } of own) {
      this.#addresses.set(address, Math.max(until, this.#addresses.get(address) ?? 0))
      this.#had?.add(address)
    }
    if (this.#had && this.#had.size > mostRemembered) this.#had = undefined
    return this.#list.add(own)
  }
}
