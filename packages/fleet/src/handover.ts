import { check } from '@nfkit/netlink-transport'
import { listingsOf } from './notice/listings.ts'
import { type FleetListing, isCount, isListing, isObject } from './notice/notice.ts'
import type { ReaderTerms } from './notice/reader.ts'
import type { Listed, Replica, ReplicaLeft } from './notice/replica.ts'

/** The version of `GateHandover` that is written here. */
const version = 1

/** What a gate leaves to the next one: plain data, to be sent as JSON or by structured clone. */
export interface GateHandover {
  /** Of this message: 1. */
  readonly version: typeof version
  /** Name of the fleet. */
  readonly fleet: string
  /** The place in the log of the newest message that was read. */
  readonly place: number
  /** The last serial number of each author. */
  readonly serials: { readonly [author: string]: number }
  /** What is listed. */
  readonly listed: readonly FleetListing[]
  /** What the target has otherwise: it was not told in time. */
  readonly stale: readonly FleetListing[]
  /** What policies are, by name. */
  readonly policies: { readonly [name: string]: unknown }
}

/** What a gate begins with. */
export interface GateEstate extends ReplicaLeft {
  readonly place: number
  /** What the target has. */
  readonly applied: Iterable<readonly [string, Listed]>
}

export function handoverOf(
  fleet: string,
  at: Pick<GateHandover, 'place' | 'serials'>,
  { listed, policies }: Replica,
  applied: ReadonlyMap<string, Listed>,
): GateHandover {
  const isStale = ([place, { list, until }]: [string, Listed]) => {
    const is = listed.get(place)
    return is?.list !== list || is.until !== until
  }
  return {
    version,
    fleet,
    ...at,
    listed: listingsOf(listed),
    stale: listingsOf(new Map([...applied].filter(isStale))),
    policies: Object.fromEntries(policies),
  }
}

export function estateOf({ place, serials, listed, stale, policies }: GateHandover): GateEstate {
  const all = placesOf(listed)
  return { place, serials, policies, listed: all, applied: [...all, ...placesOf(stale)] }
}

const placesOf = (listings: readonly FleetListing[]): (readonly [string, Listed])[] =>
  listings.flatMap(({ list, until, places }) => places.map((place) => [place, { list, until } as Listed] as const))

const isLeft = (listings: unknown): listings is readonly FleetListing[] =>
  Array.isArray(listings) && listings.every((one) => isListing(one) && one.list !== 'none')

const fields: { readonly [field in keyof GateHandover]: (value: unknown) => boolean } = {
  version: (value) => value === version,
  fleet: (value) => typeof value === 'string',
  place: isCount,
  serials: (value) => isObject(value) && Object.values(value).every(isCount),
  listed: isLeft,
  stale: isLeft,
  policies: isObject,
}

/** Throws `TypeError` for what is none, and `RangeError` for what is of a later version, of another fleet, or more than is kept. */
export function checkHandover(given: unknown, { fleet, mostListed }: ReaderTerms): asserts given is GateHandover {
  const advice = 'open the gate without it, over a firewall that begins anew'
  if (!isObject(given)) throw new TypeError(`handover: ${check.shown(given)} is none; ${advice}`)
  if (isCount(given['version']) && given['version'] !== version)
    throw new RangeError(`handover: its version is ${given['version']}, and known is ${version}; ${advice}`)
  for (const [field, isRight] of Object.entries(fields))
    if (!isRight(given[field])) throw new TypeError(`handover.${field}: it is damaged; ${advice}`)
  if (given['fleet'] !== fleet)
    throw new RangeError(`handover: it is of the fleet ${check.shown(given['fleet'])}, and not of "${fleet}"`)
  const { listed } = given as unknown as GateHandover
  const count = listed.reduce((sum, { places }) => sum + places.length, 0)
  if (count > mostListed) throw new RangeError(`handover: ${count} are listed, and mostListed is ${mostListed}`)
}
