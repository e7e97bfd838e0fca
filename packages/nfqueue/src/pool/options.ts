import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { check } from '@nfkit/netlink-transport'
import { type Limits, limitDefaults, limitsOf, type PoolLimits } from './limits.ts'

/** Which queues a pool has, and what its workers run. */
export interface PoolOptions extends PoolLimits {
  /** First and last queue: the numbers of `--queue-balance 0:3` (iptables) or `queue to 0-3` (nft). */
  readonly queues: readonly [first: number, last: number]
  /** A module that exports what `PoolModule` says; a path or URL. */
  readonly module: string | URL
  /** Threads; by default as many as there are processors, and no more than queues. */
  readonly workers?: number | undefined
  /** Node's own options for the workers; the program's by default. */
  readonly execArgv?: readonly string[] | undefined
  /** What every worker takes with its `onMessage` before it opens a queue, as if it had been sent before. */
  readonly message?: unknown
}

const names: check.OptionNames<PoolOptions> = {
  queues: true,
  module: true,
  workers: true,
  execArgv: true,
  message: true,
  ...limitDefaults,
}

/** What `openPool` does with its options. */
export interface Plan {
  /** The queues of each worker. */
  readonly shares: readonly (readonly number[])[]
  /** The module's URL. */
  readonly module: string
  readonly execArgv: readonly string[] | undefined
  readonly limits: Limits
  readonly message: unknown
}

/** Throws `RangeError`, or `TypeError`, with the option's name. */
export function planOf(options: PoolOptions): Plan {
  const { queues, workers, execArgv, message } = check.options('openPool', options, names)
  if (!Array.isArray(queues) || queues.length !== 2)
    throw new RangeError('queues: give the numbers of the first and the last queue: [0, 3]')
  const [first, last] = queues
  check.whole('queues', first, 0, 0xffff)
  check.whole('queues', last, first, 0xffff)
  if (workers !== undefined) check.whole('workers', workers, 1, Number.MAX_SAFE_INTEGER)
  const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  const count = Math.min(workers ?? availableParallelism(), numbers.length)
  const shares = Array.from({ length: count }, (_, i) => numbers.filter((_, at) => at % count === i))
  return { shares, module: urlOf(options.module), execArgv, limits: limitsOf(options), message }
}

function urlOf(module: string | URL): string {
  if (module instanceof URL) return module.href
  if (typeof module !== 'string') throw new TypeError(`module: ${String(module)} is neither a path nor a URL`)
  return module.includes('://') ? module : pathToFileURL(module).href
}
