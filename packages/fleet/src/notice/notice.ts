import { parseNetwork } from '@nfkit/inet'

/** Where addresses are listed; `none` for those that are listed no more. */
export type FleetList = 'blocked' | 'allowed' | 'none'

const lists: { readonly [list in FleetList]: true } = { blocked: true, allowed: true, none: true }

/** Addresses and networks that are listed alike. */
export interface FleetListing {
  /** Which one. */
  readonly list: FleetList
  /** Until when, in milliseconds since 1970; `null` for ever. */
  readonly until: number | null
  /** As they are written: `192.0.2.7`, `10.0.0.0/8`. */
  readonly places: readonly string[]
}

/** What an author says. */
export interface Notice {
  /** One more than that of what the author has said before. */
  readonly serial: number
  readonly listings: readonly FleetListing[]
  /** What policies are now, by name; `null` for one that is no more. */
  readonly policies: { readonly [name: string]: unknown }
  /** Of a snapshot, which stands for all that was said before it. */
  readonly snapshot?: SnapshotPart | undefined
}

/** Where a notice belongs in a snapshot. */
export interface SnapshotPart {
  readonly part: number
  readonly parts: number
  /** What each author has said last, by serial number, before it. */
  readonly serials: { readonly [author: string]: number }
}

export const encodeNotice = (notice: Notice): Uint8Array => new TextEncoder().encode(JSON.stringify(notice))

/** Returns the notice in a body; `undefined` where it is none. */
export function decodeNotice(body: Uint8Array): Notice | undefined {
  let read: unknown
  try {
    read = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
  return isNotice(read) ? read : undefined
}

/** Whether it is what JSON has between braces. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
/** Whether it is a whole number from 0 on. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const isNotice = (value: unknown): value is Notice =>
  isObject(value) &&
  isCount(value['serial']) &&
  Array.isArray(value['listings']) &&
  value['listings'].every(isListing) &&
  isObject(value['policies']) &&
  (value['snapshot'] === undefined || isPart(value['snapshot']))

/** Whether addresses and networks are listed there as they can be. */
export const isListing = (value: unknown): value is FleetListing =>
  isObject(value) &&
  Object.hasOwn(lists, String(value['list'])) &&
  (value['until'] === null || isCount(value['until'])) &&
  Array.isArray(value['places']) &&
  value['places'].every((place) => typeof place === 'string' && parseNetwork(place) !== undefined)

const isPart = (value: unknown): value is SnapshotPart =>
  isObject(value) &&
  isCount(value['part']) &&
  isCount(value['parts']) &&
  value['part'] < value['parts'] &&
  isObject(value['serials']) &&
  Object.values(value['serials']).every(isCount)
