import { EventEmitter } from 'node:events'
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { check } from '@nfkit/netlink-transport'
import type { QueueStats } from './counts.ts'
import type { PoolEvents } from './pool-events.ts'
import { Member } from './pool-member.ts'
import type { WorkerOrders } from './pool-protocol.ts'
import { total } from './pool-stats.ts'

export interface PoolOptions {
  /** First and last queue: the numbers of `--queue-balance 0:3` (iptables) or `queue to 0-3` (nft). */
  readonly queues: readonly [first: number, last: number]
  /** A module that exports what `PoolModule` says; a path or URL. */
  readonly module: string | URL
  /** Threads; by default as many as there are processors, and no more than queues. */
  readonly workers?: number | undefined
  /** Node's own options for the workers; the program's by default. */
  readonly execArgv?: readonly string[] | undefined
}

/**
 * Open many queues on several threads. The kernel spreads flows over the queues (`--queue-balance`, `fanout`), each queue has one
 * thread, so the packets of a flow stay in order. Rejects as `openQueue` does when a queue cannot be opened.
 */
export async function openPool({ queues: [first, last], module, workers, execArgv }: PoolOptions): Promise<Pool> {
  check.whole('queues', first, 0, 0xffff)
  check.whole('queues', last, first, 0xffff)
  const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  const count = Math.min(workers ?? availableParallelism(), numbers.length)
  check.whole('workers', count, 1, numbers.length)
  const url = module instanceof URL ? module.href : module.includes('://') ? module : pathToFileURL(module).href
  const shares = Array.from({ length: count }, (_, i) => numbers.filter((_, at) => at % count === i))
  const pool = new Pool(shares.map((queues) => ({ module: url, queues, execArgv })))
  try {
    await pool.opened
  } catch (error) {
    await pool.close()
    throw error
  }
  return pool
}

/** Queues spread over threads, made by `openPool`. */
export class Pool implements AsyncDisposable {
  /** @internal */
  readonly opened: Promise<unknown>
  /** Resolves when the pool is closed. */
  readonly closed: Promise<void>
  readonly #events = new EventEmitter<PoolEvents>()
  readonly #members: Member[]
  #closing: Promise<void> | undefined
  #isClosed!: () => void

  /** @internal */
  constructor(orders: readonly WorkerOrders[]) {
    this.#members = orders.map((order) => new Member(order, this.#events))
    this.opened = Promise.all(this.#members.map((member) => member.opened))
    this.closed = new Promise((resolve) => {
      this.#isClosed = resolve
    })
  }

  /** What all queues have done since their worker was started; when the pool is closed, what they had done then. */
  async stats(): Promise<QueueStats> {
    const all = await Promise.all(this.#members.map((member) => member.stats()))
    return total(all.flat())
  }

  on<K extends keyof PoolEvents>(event: K, listener: (...what: PoolEvents[K]) => void): this {
    this.#events.on(event, listener as never)
    return this
  }
  off<K extends keyof PoolEvents>(event: K, listener: (...what: PoolEvents[K]) => void): this {
    this.#events.off(event, listener as never)
    return this
  }

  /** Every worker judges what is pending and closes its queues. Closing twice waits for the same end. */
  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#members.map((member) => member.close())).then(this.#isClosed)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
