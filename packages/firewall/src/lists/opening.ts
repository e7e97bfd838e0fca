import { check } from '@nfkit/netlink-transport'
import { type ListingOptions, type Places, placesOf, untilOf } from './places.ts'

/** Addresses, networks and names, and for how long they are listed. */
export interface TimedPlaces extends ListingOptions {
  /** As `firewall.block` takes them. */
  readonly where: string | readonly string[]
}

/** What a list begins with: all for ever, or some for a time. */
export type OpeningList = string | readonly (string | TimedPlaces)[]

/** What is listed until the same moment. */
export interface TimedRegions extends Places {
  /** Until when, on the clock of `performance.now()`. */
  readonly until: number
}

/** What lists begin with, understood. */
export interface OpeningLists {
  readonly blocked: readonly TimedRegions[]
  readonly allowed: readonly TimedRegions[]
}

/**
 * Returns what lists begin with, and what lasts as long together: each duration goes through a list once. Throws `RangeError` for what can be on no list, or is
 * a name where names are not found out about, and `TypeError` for what is no list, and for an option there is not.
 */
export const openingLists = (
  given: { readonly [list in keyof OpeningLists]?: OpeningList | undefined },
  hasNames: boolean,
): OpeningLists => ({
  blocked: openingList('blocked', given.blocked, hasNames),
  allowed: openingList('allowed', given.allowed, hasNames),
})

function openingList(name: string, list: OpeningList = [], hasNames: boolean): readonly TimedRegions[] {
  if (typeof list !== 'string' && !Array.isArray(list))
    throw new TypeError(`${name}: ${check.shown(list)} is no list of addresses, networks and names`)
  const bySeconds = new Map<number | undefined, string[]>()
  for (const item of [list].flat()) {
    const { where, seconds } =
      typeof item === 'string' ? { where: item } : check.options(name, item, { where: true, seconds: true })
    const alike = bySeconds.get(seconds) ?? []
    bySeconds.set(seconds, alike)
    for (const one of [where].flat()) alike.push(one)
  }
  return [...bySeconds].map(([seconds, where]) => {
    const places = placesOf(where)
    if (places.names[0] !== undefined && !hasNames) throw nameUnknown(places.names[0])
    return { ...places, until: untilOf({ seconds }) }
  })
}

/** A name where nothing finds out what it stands for. */
export const nameUnknown = (name: string): RangeError =>
  new RangeError(`"${name}" is a name: open the firewall with names: { servers: ['192.0.2.53'] } to list names`)
