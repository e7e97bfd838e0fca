import type { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { QueueStats } from './counts.ts'
import type { PoolEvents } from './pool-events.ts'
import type { FromWorker, ToWorker, WorkerOrders } from './pool-protocol.ts'

/** The first replacement starts at once, the next ones after twice as long each time. */
const firstPauseMilliseconds = 100
const longestPauseMilliseconds = 10_000

/** One worker and, when it dies, the next one with the same orders. */
export class Member {
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
  /** What the queues had done when they were closed. */
  #last: readonly QueueStats[] = []
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

  /** None while the worker is being replaced; the last ones when it is closed. */
  stats(): Promise<readonly QueueStats[]> {
    if (!this.#alive) return Promise.resolve(this.#last)
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
    if (message.kind === 'closed') this.#last = message.stats
    if (message.kind === 'stats') {
      this.#answers.get(message.ticket)?.(message.stats)
      this.#answers.delete(message.ticket)
    }
  }

  #died(error: Error | undefined): void {
    this.#alive = false
    for (const answer of this.#answers.values()) answer(this.#last)
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
