import type { TimedAddress, TimedAddresses } from '../lists/timed-addresses.ts'

/** A name that is blocked or allowed, and the addresses it has. */
export class Listing {
  /** Until when it is listed, on the clock of `performance.now()`. */
  until: number
  readonly #list: TimedAddresses
  readonly #addresses = new Map<string, number>()

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

  /** Whether it may have these addresses, too, without having more than so many. */
  hasRoomFor(addresses: readonly TimedAddress[], most: number, now: number): boolean {
    const more = addresses.filter(({ address }) => !this.#addresses.has(address)).length
    return this.#addresses.size + more <= most || this.addresses(now).length + more <= most
  }

  /** It has these addresses, as long as it is listed itself. As `TimedAddresses.add`. */
  add(addresses: readonly TimedAddress[]): Promise<void> | undefined {
    const own = addresses.map(({ address, until }) => ({ address, until: Math.min(until, this.until) }))
    for (const { address, until } of own)
      this.#addresses.set(address, Math.max(until, this.#addresses.get(address) ?? 0))
    return this.#list.add(own)
  }
}
