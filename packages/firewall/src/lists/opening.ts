import { check } from '@nfkit/netlink-transport'
import { type ListingOptions, type Places, placesOf, untilOf } from './places.ts'

/** Addresses, networks and names, and for how long they are listed. */
export interface TimedPlaces extends ListingOptions {
  /** As `firewall.block` takes them. */
  readonly where: string | readonly string[]
}

/** What a list begins with: all for ever, or some for a time. */
export type OpeningList = string | readonly (string | TimedPlaces)[]

/** The same, understood. */
export interface TimedRegions extends Places {
  /** Until when, on the clock of `performance.now()`. */
  readonly until: number
}

/**
 * Returns what a list begins with, and what lasts as long together: each duration goes through the list once. Throws `RangeError` for what can be on no list, or is a name where names are not
 * found out about, and `TypeError` for an option there is not.
 */
export function openingList(name: string, list: OpeningList, hasNames: boolean): readonly TimedRegions[] {
  const bySeconds = new Map<number | undefined, string[]>()
  for (const item of Array.isArray(list) ? (list as readonly unknown[]) : [list]) {
    const { where, seconds } =
      typeof item === 'string'
        ? { where: item }
        : check.options(name, item as TimedPlaces, { where: true, seconds: true })
    const alike = bySeconds.get(seconds)
    if (alike === undefined) bySeconds.set(seconds, [where].flat())
    else for (const one of [where].flat()) alike.push(one)
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
