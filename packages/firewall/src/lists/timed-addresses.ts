import type { Element, Nftables } from '@nfkit/nftables'
import type { AddressSets } from '../rules/addresses.ts'
import { mostAddresses } from '../rules/names.ts'
import { changeElements, lateness } from './elements.ts'

/** An address, and until when it is listed, on the clock of `performance.now()`. */
export interface TimedAddress {
  readonly address: string
  readonly until: number
}

/** An address that is listed, as one firewall leaves it to the next: plain data. */
export interface TimedAddressLeft {
  readonly address: string
  /** For how long, in milliseconds. */
  readonly milliseconds: number
}

/** For the next firewall: those whose time is not over. */
export const timedAddressesLeft = (until: ReadonlyMap<string, number>, now: number): readonly TimedAddressLeft[] =>
  [...until].flatMap(([address, end]) => (end > now ? { address, milliseconds: end - now } : []))

/** What another firewall has left. */
export const timedAddressesOf = (left: readonly TimedAddressLeft[], now: number): readonly TimedAddress[] =>
  left.map(({ address, milliseconds }) => ({ address, until: now + milliseconds }))

/** How many there may be before those whose time is over are looked for. */
const few = 1_024

/** How often that is done at most, in milliseconds. */
const rest = 1_000

/** By so many milliseconds an address may be listed for less than was said: then no batch is needed. */
const slack = 100

/**
 * Single addresses in two sets of the kernel, one for each family, each for a time. Changes that come while the kernel is busy are one batch behind that.
 */
export class TimedAddresses {
  readonly #nft: Nftables
  readonly #sets: AddressSets<false>
  readonly #timeoutMilliseconds: number
  /** What the kernel has. */
  readonly #until = new Map<string, number>()
  #many = few
  #purged = Number.NEGATIVE_INFINITY
  /** What goes with the next batch; 0 for what is to be there no more. */
  #wanted = new Map<string, number>()
  #last: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  /** `timeoutMilliseconds` is how long the kernel may be silent. */
  constructor(nft: Nftables, sets: AddressSets<false>, timeoutMilliseconds: number) {
    this.#nft = nft
    this.#sets = sets
    this.#timeoutMilliseconds = timeoutMilliseconds
  }

  /** How many there are, and are about to be: those whose time was over a moment ago may be among them. */
  get size(): number {
    return this.#until.size + this.#wanted.size
  }

  /** Whether there is room for so many more. */
  hasRoomFor(more: number): boolean {
    if (this.size + more > mostAddresses) this.#purge(performance.now())
    return this.size + more <= mostAddresses
  }

  /** Until when an address is listed; `undefined` where it is not. */
  until(address: string): number | undefined {
    return this.#until.get(address)
  }

  /** List addresses, each for as long as it is not listed longer. `undefined` when the kernel has them all; rejects as `commit` does. */
  add(addresses: readonly TimedAddress[]): Promise<void> | undefined {
    const fresh = addresses.filter(({ address, until }) => !isCovered(until, this.#until.get(address)))
    for (const { address, until } of fresh) this.#wanted.set(address, Math.max(until, this.#wanted.get(address) ?? 0))
    return fresh.length === 0 ? undefined : this.#soon()
  }

  /** List them no more. Rejects as `commit` does. */
  remove(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) this.#wanted.set(address, 0)
    return this.#soon()
  }

  /** For the next firewall: resolves when changes that are under way are done. */
  async left(): Promise<readonly TimedAddressLeft[]> {
    await (this.#next ?? this.#last).catch(() => {})
    return timedAddressesLeft(this.#until, performance.now())
  }

  /** What another firewall has left: the kernel has it. */
  takeOver(left: readonly TimedAddressLeft[], now: number): void {
    for (const { address, until } of timedAddressesOf(left, now)) this.#until.set(address, until)
  }

  #soon(): Promise<void> {
    this.#next ??= this.#last.then(() => {
      this.#next = undefined
      const done = this.#change()
      this.#last = done.catch(() => {})
      return done
    })
    return this.#next
  }

  async #change(): Promise<void> {
    const wanted = this.#wanted
    this.#wanted = new Map()
    const now = performance.now()
    const removed: Element[] = []
    const added: Element[] = []
    for (const [address, until] of wanted) {
      const before = this.#until.get(address)
      if (until !== 0 && isCovered(until, before)) continue
      // Taken away and added again in one batch it is never missing, and lives anew on kernels that would leave it as it is.
      if (before !== undefined && before + lateness > now) removed.push(this.#element(address))
      if (until > now) added.push(this.#element(address, (until - now) / 1_000))
    }
    await changeElements(this.#nft, { removed, added }, { timeoutMilliseconds: this.#timeoutMilliseconds })
    for (const [address, until] of wanted) {
      if (until !== 0 && isCovered(until, this.#until.get(address))) continue
      if (until > now) this.#until.set(address, until)
      else this.#until.delete(address)
    }
    if (this.#until.size >= this.#many) this.#purge(now)
  }

  #element(address: string, timeoutSeconds?: number): Element {
    const living = timeoutSeconds === undefined ? {} : { timeoutSeconds }
    return address.includes(':') ? this.#sets.ipv6.element(address, living) : this.#sets.ipv4.element(address, living)
  }

  /** Forget those whose time is over. They are looked for again when there are twice as many as are left. */
  #purge(now: number): void {
    if (now < this.#purged + rest) return
    this.#purged = now
    for (const [address, until] of this.#until) if (until + lateness <= now) this.#until.delete(address)
    this.#many = Math.max(few, 2 * this.#until.size)
  }
}

/** Whether an address is listed for about as long. */
const isCovered = (until: number, before = 0): boolean => until <= before + slack
