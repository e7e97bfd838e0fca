import { type Fate, fates } from '../fate.ts'
import { type HoldReason, holdReasons } from '../hold/verdict.ts'

/** What a tracker has done so far. */
export interface TrackerCounts {
  /** Packets by what became of them; `fates` has a sentence for each. */
  readonly packets: { readonly [fate in Fate]: number }
  /** Connections: those the program was asked about, and those that were forgotten for their age or for want of room. */
  readonly connections: { readonly opened: number; readonly idle: number; readonly evicted: number }
  /** Holds by why they ended; `holdReasons` has a sentence for each. */
  readonly holds: { readonly [reason in HoldReason]: number }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Counts, of zero. */
export class Counts implements TrackerCounts {
  readonly packets: Writable<TrackerCounts['packets']> = zeros(fates)
  readonly connections: Writable<TrackerCounts['connections']> = { opened: 0, idle: 0, evicted: 0 }
  readonly holds: Writable<TrackerCounts['holds']> = zeros(holdReasons)
}

function zeros<Name extends string>(names: { readonly [name in Name]: unknown }): { [name in Name]: number } {
  return Object.fromEntries(Object.keys(names).map((name) => [name, 0])) as { [name in Name]: number }
}
