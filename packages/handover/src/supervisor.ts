import { setTimeout as sleep } from 'node:timers/promises'
import type { Listeners } from '@nfkit/netlink-transport'
import { WorkerError } from './errors.ts'
import type { SupervisorEvents } from './events.ts'
import type { Holder } from './holder/holder.ts'
import { StandIn } from './holder/stand-in.ts'
import { WorkerProcess } from './holder/worker-process.ts'
import type { Estate } from './messages.ts'
import { longestDelay, type Plan } from './options.ts'
import { Restarts } from './restarts.ts'

/** Holds the sockets, and sees to it that one worker reads them: made by `supervise`. */
export class Supervisor implements AsyncDisposable {
  readonly #plan: Plan
  readonly #listeners: Listeners<SupervisorEvents>
  readonly #restarts: Restarts
  readonly #workers = new Set<WorkerProcess>()
  /** Who reads. */
  #holder: Holder | undefined
  /** The reader changes in one place after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Who waits for the death of that one. */
  #standby: WorkerProcess | undefined
  #absence: NodeJS.Timeout | undefined
  #restoring = false
  #ending: Promise<void> | undefined

  /** @internal */
  constructor(plan: Plan, listeners: Listeners<SupervisorEvents>) {
    this.#plan = plan
    this.#listeners = listeners
    this.#restarts = new Restarts(plan.absent)
  }

  /** @internal Resolves when the first worker reads. */
  start(): Promise<void> {
    return this.#succeed(this.#started())
  }

  /**
   * Start the program anew, as it is on disk now, and have it take over from the worker that reads: resolves when it does. While it is loaded
   * the one before goes on; packets wait from the moment that one stops until this one reads. Rejects with `WorkerError` when it fails: while loading, and
   * the one before goes on; while taking over, and workers are started until one succeeds.
   *
   * @example
   * import { supervise } from '@nfkit/handover'
   * import { openMnl } from '@nfkit/mnl-native'
   *
   * const supervisor = await supervise({
   *   worker: './worker.mjs',
   *   sockets: { gate: openMnl() },
   *   queues: { gate: [{ number: 0 }] },
   *   absent: 'accept',
   * })
   * process.on('SIGHUP', () => supervisor.replace().catch((error) => console.error(error.message)))
   */
  async replace(): Promise<void> {
    if (this.#ending) throw new WorkerError('closed')
    await this.#succeed(this.#started())
  }

  /** Listen to an event. */
  on<K extends keyof SupervisorEvents>(event: K, listener: (...what: SupervisorEvents[K]) => void): this {
    this.#listeners.on(event, listener)
    return this
  }
  /** Stop listening to an event. */
  off<K extends keyof SupervisorEvents>(event: K, listener: (...what: SupervisorEvents[K]) => void): this {
    this.#listeners.off(event, listener)
    return this
  }

  /** End the worker, give what waits the verdict of `absent`, unbind the queues and close the sockets. Never rejects. */
  close(): Promise<void> {
    this.#ending ??= this.#end(async () => {
      const standIn = new StandIn(this.#plan)
      await standIn.take()
      await standIn.close()
    })
    return this.#ending
  }

  /**
   * End the worker, and close this process's descriptors only: where a service manager keeps the sockets, packets wait for the next start. Where none
   * does, the kernel unbinds the queues, and drops what waits. Never rejects.
   */
  leave(): Promise<void> {
    this.#ending ??= this.#end(async () => {})
    return this.#ending
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #end(last: () => Promise<void>): Promise<void> {
    clearTimeout(this.#absence)
    await this.#inTurn(async () => {
      await this.#vacate()
      await last()
    }).catch((error) => this.#listeners.tell('trouble', [error]))
    await Promise.all([...this.#workers].map((worker) => worker.ends()))
    for (const socket of Object.values(this.#plan.sockets)) socket.close()
  }

  /** A new worker. */
  #started(): WorkerProcess {
    const worker = new WorkerProcess(this.#plan)
    this.#workers.add(worker)
    worker.ended.then((error) => this.#ended(worker, error))
    return worker
  }

  /** Have another one stand by: what is loaded may be a program of before. */
  #standBy(): void {
    if (!this.#plan.standby || this.#ending) return
    void this.#standby?.ends()
    this.#standby = this.#started()
    // One that cannot be loaded is told of when it is needed: another one is started then.
    this.#standby.ready.catch(() => {})
  }

  /** Have a worker take over, once it is loaded. */
  async #succeed(worker: WorkerProcess): Promise<void> {
    await worker.ready
    await this.#inTurn(async () => {
      if (this.#ending) throw new WorkerError('closed')
      const estate = await this.#vacate()
      try {
        await worker.take(estate)
      } catch (error) {
        // It may have read packets, and died of one.
        this.#restarts.crashed()
        this.#missing()
        throw error
      }
      clearTimeout(this.#absence)
      this.#holder = worker
      this.#listeners.tell('workerReads', [{ processId: worker.processId, state: estate.state }])
      this.#standBy()
    })
  }

  /** Have the one that reads stop. Afterwards nobody does. */
  async #vacate(): Promise<Estate> {
    const before = this.#holder
    this.#holder = undefined
    if (before) {
      try {
        return { state: await before.leave(), orphans: 'repeat' }
      } catch (error) {
        this.#crashed(error as Error)
      }
    }
    return { state: undefined, orphans: this.#restarts.orphans }
  }

  #ended(worker: WorkerProcess, error: Error): void {
    this.#workers.delete(worker)
    if (worker === this.#standby) this.#standby = undefined
    if (worker !== this.#holder) return
    this.#holder = undefined
    this.#crashed(error)
    this.#missing()
  }

  #crashed(error: Error): void {
    this.#restarts.crashed()
    this.#listeners.tell('workerDied', [error])
  }

  /** Nobody reads: start workers until one does, and stand in for them when that takes too long. */
  #missing(): void {
    if (this.#ending) return
    const { absentMilliseconds } = this.#plan
    clearTimeout(this.#absence)
    if (absentMilliseconds <= longestDelay)
      this.#absence = setTimeout(() => void this.#inTurn(() => this.#standIn()), absentMilliseconds)
    if (!this.#restoring) void this.#restore()
  }

  async #standIn(): Promise<void> {
    if (this.#holder || this.#ending) return
    const standIn = new StandIn(this.#plan)
    try {
      await standIn.take()
      this.#holder = standIn
      this.#listeners.tell('absent', [{ verdict: this.#plan.absent }])
    } catch (error) {
      this.#listeners.tell('trouble', [error as Error])
    }
  }

  async #restore(): Promise<void> {
    this.#restoring = true
    for (let reads = false; !reads && !this.#ending; ) {
      await sleep(this.#restarts.pause())
      reads = await this.#attempt()
    }
    this.#restoring = false
  }

  async #attempt(): Promise<boolean> {
    if (this.#ending) return true
    const ready = this.#standby
    this.#standby = undefined
    try {
      await this.#succeed(ready ?? this.#started())
      return true
    } catch (error) {
      if (!this.#ending) this.#listeners.tell('workerDied', [error as Error])
      return false
    }
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(step)
    this.#turn = done.catch(() => {})
    return done
  }
}
