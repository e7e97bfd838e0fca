import { Worker } from 'node:worker_threads'
import { PoolError } from '../failure.ts'
import type { Limits } from '../limits.ts'
import { errorOf, recordOf } from './error-record.ts'
import { type FromWorker, type ToWorker, unasked, type WorkerOrders } from './protocol.ts'
import { Watchdog } from './watchdog.ts'

/** How long a worker that has closed its queues may live on, for what its module has to finish. */
const lingeringMilliseconds = 1_000
/** How long a worker may take to end by force. It takes longer only while it waits in a system call. */
const endingMilliseconds = 1_000

/** Hears what a worker says, and what becomes of it. */
export interface Listener {
  hear(message: FromWorker): void
  stuck(milliseconds: number): void
  ended(error: Error): void
}

/** One worker's thread, from its start to its end, and no state of it without a bound. */
export class Thread {
  /** Resolves when the thread has ended, or cannot be made to. */
  readonly gone: Promise<void>
  readonly #worker: Worker
  readonly #orders: WorkerOrders
  readonly #limits: Limits
  readonly #listener: Listener
  readonly #watchdog: Watchdog
  #deadline: NodeJS.Timeout | undefined
  #stage: 'opening' | 'open' | 'closing' | 'ending' = 'opening'
  #isGone!: () => void
  /** Why it was ended. */
  #failure: Error | undefined
  /** Why the worker ended, in its own words and in the runtime's: either may come first, both before the exit. */
  #uncaught: Error | undefined
  #thrown: (Error & { readonly code?: string }) | undefined

  /** Throws when the orders cannot be copied, or Node does not accept `execArgv`. */
  constructor(orders: WorkerOrders, execArgv: readonly string[] | undefined, limits: Limits, listener: Listener) {
    this.#orders = orders
    this.#limits = limits
    this.#listener = listener
    this.#worker = new Worker(new URL('./pool-worker.js', import.meta.url), {
      workerData: orders,
      ...(execArgv && { execArgv: [...execArgv] }),
    })
    this.gone = new Promise((resolve) => {
      this.#isGone = resolve
    })
    this.#watchdog = new Watchdog(
      limits.watchdogMilliseconds,
      () => this.post({ kind: 'count', ticket: unasked }),
      () => this.#stuck(limits.watchdogMilliseconds),
    )
    this.#worker.on('message', (message: FromWorker) => this.#hear(message))
    this.#worker.on('error', (thrown: unknown) => {
      this.#thrown = thrown instanceof Error ? thrown : errorOf(recordOf(thrown))
    })
    this.#worker.once('exit', (code) => this.#exited(code))
    this.#within(limits.openingMilliseconds, () => this.#end(new PoolError(orders.queues, 'opening')))
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  /** Let it judge what is pending and end. */
  close(): Promise<void> {
    if (this.#stage === 'ending') return this.gone
    this.#stage = 'closing'
    this.#watchdog.stop()
    this.post({ kind: 'close' })
    this.#within(this.#limits.closingMilliseconds, () => this.#stuck(this.#limits.closingMilliseconds))
    return this.gone
  }

  #hear(message: FromWorker): void {
    this.#watchdog.heard()
    switch (message?.kind) {
      case 'open':
        this.#opened()
        break
      case 'uncaught':
        this.#uncaught = errorOf(message.error)
        break
      case 'failed':
        // Its queues have no owner until the next worker opens them.
        this.#end(errorOf(message.error))
        break
      case 'closed':
        this.#linger()
        break
    }
    this.#listener.hear(message)
  }

  #opened(): void {
    if (this.#stage !== 'opening') return
    this.#stage = 'open'
    clearTimeout(this.#deadline)
    this.#watchdog.start()
  }

  #linger(): void {
    if (this.#stage === 'ending') return
    this.#watchdog.stop()
    this.#within(lingeringMilliseconds, () => this.#end())
  }

  #stuck(milliseconds: number): void {
    this.#end(new PoolError(this.#orders.queues, 'stuck'))
    this.#listener.stuck(milliseconds)
  }

  #end(why?: Error): void {
    this.#stage = 'ending'
    this.#failure ??= why
    this.#watchdog.stop()
    void this.#worker.terminate()
    this.#within(endingMilliseconds, () => {
      this.#worker.unref()
      this.#isGone()
    })
  }

  #exited(exitCode: number): void {
    clearTimeout(this.#deadline)
    this.#watchdog.stop()
    this.#isGone()
    this.#listener.ended(this.#failure ?? this.#ownEnd(exitCode))
  }

  #ownEnd(exitCode: number): Error {
    if (this.#thrown === undefined) return new PoolError(this.#orders.queues, 'ended', { exitCode })
    // A copy by the runtime has lost its class; but where memory ran out, the worker could say nothing.
    return this.#thrown.code === 'ERR_WORKER_OUT_OF_MEMORY' ? this.#thrown : (this.#uncaught ?? this.#thrown)
  }

  /** What happens unless something else does first. */
  #within(milliseconds: number, otherwise: () => void): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(otherwise, milliseconds)
  }
}
