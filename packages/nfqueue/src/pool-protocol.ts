import type { Transport } from '@nfkit/netlink-transport'
import type { QueueStats } from './counts.ts'
import type { Handler } from './intake.ts'
import type { RunOptions } from './queue.ts'
import type { QueueOptions } from './queue-options.ts'

/** What the module of a pool exports. Every worker loads it for itself, so its variables are not shared. */
export interface PoolModule {
  /** Opens a socket: `export { openMnl as transport } from '@nfkit/mnl-native'`. Called once for each queue. */
  readonly transport: () => Transport
  /** Judges packets, as with `queue.run`. */
  readonly default: Handler
  /** How queues are opened and run. */
  readonly options?: Omit<QueueOptions, 'number' | 'signal'> & RunOptions
}

/** What a worker is started with. */
export interface WorkerOrders {
  readonly module: string
  readonly queues: readonly number[]
  readonly execArgv?: readonly string[] | undefined
}

/** From the pool to a worker. */
export type ToWorker = { readonly kind: 'close' } | { readonly kind: 'stats'; readonly ticket: number }

/** From a worker to the pool. */
export type FromWorker =
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'warning'; readonly queue: number; readonly text: string }
  | { readonly kind: 'stats'; readonly ticket: number; readonly stats: readonly QueueStats[] }
  | { readonly kind: 'closed'; readonly stats: readonly QueueStats[] }
