import type { Element, Nftables, RuleBatch } from '@nfkit/nftables'
import type { AddressSets, ListSets } from '../rules/addresses.ts'
import { changeElements, lateness } from './elements.ts'
import type { TimedRegions } from './opening.ts'
import { type AddressSize, keyOf, type Region } from './region.ts'
import { type Range, type Segment, Segments, type SegmentsChanged } from './segments.ts'

const sizes: readonly AddressSize[] = [4, 16]

type Change = (segments: Segments, ranges: readonly Range[], now: number) => SegmentsChanged

/** Addresses from one to another, as one firewall leaves them to the next: plain data. */
export interface RangeLeft {
  /** How many bytes an address has. */
  readonly size: 4 | 16
  /** As a decimal number. */
  readonly from: string
  /** As a decimal number. */
  readonly to: string
  /** For how long they are listed, in milliseconds; `null` for ever. */
  readonly milliseconds: number | null
}

/** Addresses and networks in sets of the kernel: of each family one for single addresses, and one for ranges. */
export class AddressList {
  readonly #nft: Nftables
  readonly #sets: ListSets
  readonly #segments: { readonly [size in AddressSize]: { all: Segments } } = {
    4: { all: new Segments() },
    16: { all: new Segments() },
  }
  /** Changes, one after another: what one has made, the next one finds. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(nft: Nftables, sets: ListSets) {
    this.#nft = nft
    this.#sets = sets
  }

  /** The first to be listed, by a batch behind which the sets have nothing else. */
  begin(batch: RuleBatch, lists: readonly TimedRegions[]): void {
    const now = performance.now()
    for (const size of sizes) {
      const ofSize = this.#segments[size]
      for (const { regions, until } of lists) {
        const ranges = regions.filter((region) => region.size === size)
        if (ranges.length > 0) ofSize.all = ofSize.all.add(ranges, until, now).segments
      }
      for (const one of ofSize.all.all) batch.add(this.#element(size, one, now))
    }
  }

  /** List addresses until then, on the clock of `performance.now()`; all of them, or none. Rejects as `commit` does. */
  add(regions: readonly Region[], until: number): Promise<void> {
    return this.#inTurn(regions, (segments, ranges, now) => segments.add(ranges, until, now))
  }

  /** List them no more. Rejects as `add` does. */
  remove(regions: readonly Region[]): Promise<void> {
    return this.#inTurn(regions, (segments, ranges, now) => segments.remove(ranges, now))
  }

  /** For the next firewall: resolves when changes that are under way are done. */
  async left(): Promise<readonly RangeLeft[]> {
    await this.#turn
    const now = performance.now()
    return sizes.flatMap((size) =>
      this.#segments[size].all.all
        .filter(({ until }) => until > now)
        .map(({ from, to, until }) => ({
          ...{ size, from: `${from}`, to: `${to}` },
          milliseconds: until === Number.POSITIVE_INFINITY ? null : until - now,
        })),
    )
  }

  /** What another firewall has left: the kernel has it. */
  takeOver(left: readonly RangeLeft[]): void {
    const now = performance.now()
    for (const of of sizes)
      this.#segments[of].all = new Segments(
        left
          .filter(({ size }) => size === of)
          .map(({ from, to, milliseconds }) => ({
            ...{ from: BigInt(from), to: BigInt(to) },
            until: milliseconds === null ? Number.POSITIVE_INFINITY : now + milliseconds,
          })),
      )
  }

  #inTurn(regions: readonly Region[], change: Change): Promise<void> {
    const done = this.#turn.then(() => this.#apply(regions, change))
    this.#turn = done.catch(() => {})
    return done
  }

  async #apply(regions: readonly Region[], change: Change): Promise<void> {
    const now = performance.now()
    const removed: Element[] = []
    const added: Element[] = []
    const kept: (() => void)[] = []
    for (const size of sizes) {
      const ranges = regions.filter((region) => region.size === size)
      if (ranges.length === 0) continue
      const changed = change(this.#segments[size].all, ranges, now)
      for (const one of changed.removed) if (one.until + lateness > now) removed.push(this.#element(size, one))
      for (const one of changed.added) added.push(this.#element(size, one, now))
      kept.push(() => {
        this.#segments[size].all = changed.segments
      })
    }
    await changeElements(this.#nft, { removed, added })
    for (const keep of kept) keep()
  }

  /** `now` for one that is added. */
  #element(size: AddressSize, segment: Segment, now?: number): Element {
    const { from, to, until } = segment
    const { single, ranges } = this.#sets
    const { ipv4, ipv6 }: AddressSets = from === to ? single : ranges
    const set = size === 4 ? ipv4 : ipv6
    const living =
      now === undefined || until === Number.POSITIVE_INFINITY ? {} : { timeoutSeconds: (until - now) / 1_000 }
    return set.element(keyOf(segment, size) as never, living)
  }
}
