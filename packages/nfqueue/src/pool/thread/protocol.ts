import type { Transport } from '@nfkit/netlink-transport'
import type { QueueStats } from '../../judging/counts.ts'
import type { Handler, RunOptions } from '../../judging/handler.ts'
import type { QueueOptions } from '../../options.ts'
import type { Message } from '../policy.ts'
import type { ErrorRecord } from './error-record.ts'

/** What the module of a pool exports. Every worker loads it for itself, so its variables are not shared. */
export interface PoolModule {
  /** Opens a socket: `export { openMnl as transport } from '@nfkit/mnl-native'`. Called once for each queue. */
  readonly transport: () => Transport
  /** Judges packets, as with `queue.run`. */
  readonly default: Handler
  /** How queues are opened and run. */
  readonly options?: Omit<QueueOptions, 'number' | 'signal'> & RunOptions
  /**
   * Takes what `pool.send` was given: once before the queues are opened, where there is a message, and then whenever one is sent, one
   * after another. `send` resolves when it has returned, or its promise has resolved; when it throws, `send` rejects with that.
   */
  onMessage?(message: unknown): unknown
}

/** What a worker is started with. */
export interface WorkerOrders {
  readonly module: string
  readonly queues: readonly number[]
  readonly message: Message | undefined
}

/** The ticket of a count that no caller waits for: a ping, or the last counts of a worker. */
export const unasked = 0

/** From the pool to a worker. */
export type ToWorker =
  | { readonly kind: 'close' }
  /** Answered by `counts`: for `stats`, and as a ping. */
  | { readonly kind: 'count'; readonly ticket: number }
  /** Answered by `taken`. */
  | { readonly kind: 'message'; readonly ticket: number; readonly message: Message }

/** From a worker to the pool. */
export type FromWorker =
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly error: ErrorRecord }
  | { readonly kind: 'warning'; readonly queue: number; readonly text: string }
  | { readonly kind: 'counts'; readonly ticket: number; readonly stats: readonly QueueStats[] }
  | { readonly kind: 'taken'; readonly ticket: number; readonly error?: ErrorRecord }
  /** An uncaught exception, with its class. The worker ends with it unless its module listens for such. */
  | { readonly kind: 'uncaught'; readonly error: ErrorRecord }
  | { readonly kind: 'closed' }
