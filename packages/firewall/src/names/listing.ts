import type { TimedAddress, TimedAddresses } from '../lists/timed-addresses.ts'

/** How many addresses are remembered that a name has had. */
const mostRemembered = 4_096

/** A name that is blocked or allowed, and the addresses it has. */
export class Listing {
  /** Until when it is listed, on the clock of `performance.now()`. */
  until: number
  readonly #list: TimedAddresses
  readonly #addresses = new Map<string, number>()
  readonly #had = new Set<string>()

  /** On a list. */
  constructor(list: TimedAddresses, until: number) {
    this.#list = list
    this.until = until
  }

  /** Addresses it has. */
  addresses(now: number): readonly string[] {
    for (const [address, until] of this.#addresses) if (until <= now) this.#addresses.delete(address)
    return [...this.#addresses.keys()]
  }

  /** Addresses it has ever had, where they can be remembered: connections to them may live longer. */
  get had(): ReadonlySet<string> | undefined {
    return this.#had.size > mostRemembered ? undefined : this.#had
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
      if (this.#had.size <= mostRemembered) this.#had.add(address)
    }
    return this.#list.add(own)
  }
}
