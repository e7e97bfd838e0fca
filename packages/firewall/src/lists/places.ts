import { check } from '@nfkit/netlink-transport'
import { listedName } from './name-map.ts'
import { type Region, regionOf } from './region.ts'

/** For how long something is listed. */
export interface ListingOptions {
  /** Seconds from now on; for ever by default. What is listed for longer already stays so. */
  readonly seconds?: number | undefined
}

/** What can be listed: addresses and networks, and names. */
export interface Places {
  readonly regions: readonly Region[]
  readonly names: readonly string[]
}

const longest = 2_147_483

/** Returns what is to be listed. Throws `RangeError` for what is neither an address, nor a network, nor a name. */
export function placesOf(where: string | readonly string[]): Places {
  const regions: Region[] = []
  const names: string[] = []
  for (const one of Array.isArray(where) ? (where as readonly unknown[]) : [where]) {
    const region = typeof one === 'string' ? regionOf(one) : undefined
    if (region !== undefined) {
      regions.push(region)
      continue
    }
    const name = typeof one === 'string' ? listedName(one) : undefined
    if (name !== undefined) names.push(name)
    else
      throw new RangeError(
        `${check.shown(one)} is neither an address, nor a network, nor a name: 192.0.2.7, 10.0.0.0/8, fd00::/8, www.example.org, *.example.org`,
      )
  }
  return { regions, names }
}

/** Until when, on the clock of `performance.now()`. Throws `RangeError`, and `TypeError` for an option there is not. */
export function untilOf(options: ListingOptions): number {
  const { seconds } = check.options('options', options, { seconds: true })
  if (seconds === undefined) return Number.POSITIVE_INFINITY
  if (seconds > 0 && seconds <= longest) return performance.now() + seconds * 1_000
  throw new RangeError(`seconds: ${String(seconds)} is no number of seconds above 0 and up to ${longest}`)
}
