import { type ChildProcess, fork } from 'node:child_process'
import { WorkerError, type WorkerFailure } from '../errors.ts'
import { type Estate, type FromWorker, isOurs, type ToWorker, version } from '../messages.ts'
import { longestDelay, type Plan } from '../options.ts'
import type { Holder } from './holder.ts'

/** The first descriptor of a child that is not taken: after standard input, output and error, and the channel. */
const first = 4
/** Pings that stay unanswered before a worker counts as stuck: one can be late because this process was busy. */
const pings = 3
/** What a worker gets at least beyond the time for its packets: sending the last verdicts, and saying so. */
const graceMilliseconds = 1_500
/** How long a worker that has left may take to end. */
const endingMilliseconds = 1_000

type Answer = Exclude<FromWorker['kind'], 'pong'>

/** A worker: a process that has inherited the sockets. */
export class WorkerProcess implements Holder {
  /** Resolves when the program is loaded; rejects when it ends before, or takes too long. */
  readonly ready: Promise<void>
  /** Resolves when the process has ended, with why. */
  readonly ended: Promise<WorkerError>
  readonly #plan: Plan
  readonly #child: ChildProcess
  readonly #waiting = new Map<Answer, (message: FromWorker) => void>()
  #failure: WorkerFailure = 'died'
  #watchdog: NodeJS.Timeout | undefined
  #unanswered = 0
  #hasLeft = false

  constructor(plan: Plan) {
    const { worker, sockets, args = [], execArgv = process.execArgv } = plan
    this.#plan = plan
    const fds = Object.values(sockets).map(({ fd }) => fd)
    const stdio = ['inherit', 'inherit', 'inherit', 'ipc', ...fds] as const
    this.#child = fork(worker, args, { stdio: [...stdio], serialization: 'advanced', execArgv: [...execArgv] })
    this.ended = new Promise((resolve) => {
      const end = (detail: string) => {
        clearInterval(this.#watchdog)
        resolve(new WorkerError(this.#failure, detail))
      }
      this.#child.once('exit', (code, signal) => end(signal === null ? `code ${code}` : signal))
      this.#child.once('error', (error) => end(error.message))
    })
    this.#child.on('message', (message) => this.#hear(message))
    this.ready = this.#answer('ready', plan.loadingMilliseconds).then(() => this.#watch())
  }

  get processId(): number | undefined {
    return this.#child.pid
  }

  async take(estate: Estate): Promise<void> {
    const names = Object.keys(this.#plan.sockets)
    const sockets = Object.fromEntries(names.map((name, i) => [name, first + i]))
    this.#tell({ handover: version, kind: 'take', sockets, estate })
    await this.#answer('taken', this.#plan.absentMilliseconds)
  }

  async leave(): Promise<unknown> {
    const { leavingMilliseconds: milliseconds, absentMilliseconds } = this.#plan
    this.#tell({ handover: version, kind: 'leave', milliseconds })
    // What it knows is lost with it: while packets may wait, a host with too much to do is waited for.
    const left = await this.#answer('left', milliseconds + Math.max(graceMilliseconds, absentMilliseconds))
    this.#hasLeft = true
    clearInterval(this.#watchdog)
    const late = setTimeout(() => this.#child.kill('SIGKILL'), endingMilliseconds)
    this.ended.then(() => clearTimeout(late))
    return (left as Extract<FromWorker, { kind: 'left' }>).state
  }

  /** Resolves when the process is gone, and its descriptors with it: one that has left ends by itself, another one is ended. */
  async ends(): Promise<void> {
    if (!this.#hasLeft) this.#kill('closed')
    await this.ended
  }

  #kill(failure: WorkerFailure): void {
    this.#failure = failure
    this.#child.kill('SIGKILL')
  }

  /** Rejects with why the worker has ended; one that does not answer in time is ended first. */
  async #answer(kind: Answer, milliseconds: number): Promise<FromWorker> {
    let late: NodeJS.Timeout | undefined
    const answered = new Promise<FromWorker>((resolve) => this.#waiting.set(kind, resolve))
    if (milliseconds <= longestDelay) late = setTimeout(() => this.#kill('silent'), milliseconds)
    const outcome = await Promise.race([answered, this.ended])
    clearTimeout(late)
    this.#waiting.delete(kind)
    if (outcome instanceof WorkerError) throw outcome
    return outcome
  }

  #hear(message: unknown): void {
    this.#unanswered = 0
    if (isOurs<FromWorker>(message)) this.#waiting.get(message.kind as Answer)?.(message)
  }

  #watch(): void {
    const { watchdogMilliseconds } = this.#plan
    if (watchdogMilliseconds > longestDelay) return
    this.#watchdog = setInterval(
      () => {
        if (this.#unanswered++ < pings) this.#tell({ handover: version, kind: 'ping' })
        else this.#kill('stuck')
      },
      watchdogMilliseconds / (pings + 1),
    )
  }

  #tell(message: ToWorker): void {
    // One that has ended is known to have.
    if (this.#child.connected) this.#child.send(message, () => {})
  }
}
