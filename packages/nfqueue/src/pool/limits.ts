import { check } from '@nfkit/netlink-transport'

/** How long a pool waits for its workers. Whole numbers from 1 to 2,147,483,647, the longest time of a timer. */
export interface PoolLimits {
  /** Until a worker has loaded its module and opened its queues; 10,000 by default. Then it is ended, and `openPool` rejects. */
  readonly openingMilliseconds?: number | undefined
  /** Until a worker has answered `stats` or `send`; 5,000 by default. Then `stats` takes its last figures, and `send` rejects. */
  readonly answerMilliseconds?: number | undefined
  /** Until a worker has judged what is pending and closed its queues; 5,000 by default. Then it is ended. */
  readonly closingMilliseconds?: number | undefined
  /**
   * How long a worker may give no sign of life; 5,000 by default. Then it is stuck: it is ended and replaced. `Infinity`: for ever, as
   * a debugger that stops a handler needs it.
   */
  readonly watchdogMilliseconds?: number | undefined
}

export type Limits = { readonly [K in keyof PoolLimits]-?: number }

export const limitDefaults: Limits = {
  openingMilliseconds: 10_000,
  answerMilliseconds: 5_000,
  closingMilliseconds: 5_000,
  watchdogMilliseconds: 5_000,
}

/** `given` over the defaults, checked. Throws `RangeError` with the option's name. */
export function limitsOf(given: PoolLimits): Limits {
  const names = Object.keys(limitDefaults) as (keyof Limits)[]
  return Object.fromEntries(names.map((name) => [name, checked(name, given[name] ?? limitDefaults[name])])) as Limits
}

const checked = (name: keyof Limits, value: number): number =>
  name === 'watchdogMilliseconds' ? check.milliseconds(name, value) : check.whole(name, value, 1, check.longestDelay)
