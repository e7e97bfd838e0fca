import { EventEmitter } from 'node:events'
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Counts, type QueueStats } from './counts.ts'
import type { FromWorker, ToWorker, WorkerOrders } from './pool-protocol.ts'
import { whole } from './settings.ts'

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

/** What a pool tells. */
export interface PoolEvents {
  /** A worker ended by itself; another takes its queues. Until then the kernel drops their packets, or lets them by with `bypass`. */
  workerDied: [{ readonly queues: readonly number[]; readonly error: Error | undefined }]
  /** The replacement has opened the queues. */
  workerBack: [{ readonly queues: readonly number[] }]
  warning: [{ readonly queue: number; readonly text: string }]
}

/** The first replacement starts at once, the next ones after twice as long each time. */
const firstPauseMilliseconds = 100
const longestPauseMilliseconds = 10_000

/**
 * Open many queues on several threads. The kernel spreads flows over the queues (`--queue-balance`, `fanout`), each queue has one
 * thread, so the packets of a flow stay in order. Rejects as `openQueue` does when a queue cannot be opened.
 */
export async function openPool({ queues: [first, last], module, workers, execArgv }: PoolOptions): Promise<Pool> {
  whole('queues', first, 0, 0xffff)
  whole('queues', last, first, 0xffff)
  const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  const count = Math.min(workers ?? availableParallelism(), numbers.length)
  whole('workers', count, 1, numbers.length)
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
  readonly #events = new EventEmitter<PoolEvents>()
  readonly #members: Member[]
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(orders: readonly WorkerOrders[]) {
    this.#members = orders.map((order) => new Member(order, this.#events))
    this.opened = Promise.all(this.#members.map((member) => member.opened))
  }

  /** What all queues have done since their worker was started. */
  async stats(): Promise<QueueStats> {
    const all = await Promise.all(this.#members.map((member) => member.stats()))
    return all.flat().reduce(sum, new Counts().snapshot(0, 0, 0))
  }

  on<K extends keyof PoolEvents>(event: K, listener: (...what: PoolEvents[K]) => void): this {
    this.#events.on(event, listener as never)
    return this
  }

  /** Every worker judges what is pending and closes its queues. Closing twice waits for the same end. */
  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#members.map((member) => member.close())).then(() => undefined)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** One worker and, when it dies, the next one with the same orders. */
class Member {
  readonly opened: Promise<void>
  readonly #orders: WorkerOrders
  readonly #events: EventEmitter<PoolEvents>
  readonly #answers = new Map<number, (stats: readonly QueueStats[]) => void>()
  #worker: Worker
  #exited!: Promise<void>
  #deaths = 0
  #ticket = 0
  #alive = false
  /** A worker that has never opened its queues is not replaced: opening the pool fails. */
  #wasOpen = false
  #closing = false
  #restart: NodeJS.Timeout | undefined

  constructor(orders: WorkerOrders, events: EventEmitter<PoolEvents>) {
    this.#orders = orders
    this.#events = events
    this.#worker = this.#start()
    this.opened = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromWorker) => {
        if (message.kind === 'open') resolve()
        if (message.kind === 'failed') reject(message.error)
      })
      this.#worker.once('exit', () => reject(new Error('the worker ended before its queues were open')))
      this.#worker.once('error', reject)
    })
  }

  /** None while the worker is being replaced. */
  stats(): Promise<readonly QueueStats[]> {
    if (!this.#alive) return Promise.resolve([])
    const ticket = ++this.#ticket
    return new Promise((resolve) => {
      this.#answers.set(ticket, resolve)
      this.#send({ kind: 'stats', ticket })
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#restart)
    this.#send({ kind: 'close' })
    await this.#exited
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  #start(): Worker {
    const worker = new Worker(new URL('./pool-worker.js', import.meta.url), {
      workerData: this.#orders,
      ...(this.#orders.execArgv && { execArgv: [...this.#orders.execArgv] }),
    })
    this.#alive = true
    let failure: Error | undefined
    worker.on('message', (message: FromWorker) => this.#hear(message))
    worker.on('error', (error) => {
      failure = error
    })
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        resolve()
        this.#died(failure)
      })
    })
    return worker
  }

  #hear(message: FromWorker): void {
    const { queues } = this.#orders
    if (message.kind === 'open') this.#wasOpen = true
    if (message.kind === 'open' && this.#deaths > 0) this.#events.emit('workerBack', { queues })
    if (message.kind === 'warning') this.#events.emit('warning', { queue: message.queue, text: message.text })
    if (message.kind === 'stats') {
      this.#answers.get(message.ticket)?.(message.stats)
      this.#answers.delete(message.ticket)
    }
  }

  #died(error: Error | undefined): void {
    this.#alive = false
    for (const answer of this.#answers.values()) answer([])
    this.#answers.clear()
    if (this.#closing || !this.#wasOpen) return
    this.#events.emit('workerDied', { queues: this.#orders.queues, error })
    const pause = this.#deaths === 0 ? 0 : firstPauseMilliseconds * 2 ** (this.#deaths - 1)
    this.#deaths++
    this.#restart = setTimeout(
      () => {
        this.#worker = this.#start()
      },
      Math.min(pause, longestPauseMilliseconds),
    )
  }
}

function sum(a: QueueStats, b: QueueStats): QueueStats {
  return {
    received: a.received + b.received,
    verdicts: added(a.verdicts, b.verdicts),
    unjudged: added(a.unjudged, b.unjudged),
    pending: a.pending + b.pending,
    lost: a.lost + b.lost,
    verdictErrors: a.verdictErrors + b.verdictErrors,
    socketDropped: a.socketDropped + b.socketDropped,
    queueDropped: a.queueDropped + b.queueDropped,
  }
}

function added<K extends string>(a: Readonly<Record<K, number>>, b: Readonly<Record<K, number>>): Record<K, number> {
  const keys = Object.keys(a) as K[]
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as Record<K, number>
}
