import { Listeners } from '@nfkit/netlink-transport'
import type { QueueStats } from '../judging/counts.ts'
import type { PoolEvents, Tell } from './events.ts'
import { PoolError } from './failure.ts'
import { Member } from './member.ts'
import { type PoolOptions, planOf } from './options.ts'
import { messageOf, Policy } from './policy.ts'
import { total } from './stats.ts'

/**
 * Open many queues on several threads. The kernel spreads flows over the queues (`--queue-balance`, `fanout`), each queue has one
 * thread, so the packets of a flow stay in order.
 *
 * Rejects as `openQueue` does when a queue cannot be opened, with what the module throws, with `PoolError` when a worker ends or takes
 * longer than `openingMilliseconds`, and with `RangeError` for an option out of range. No queue is left open then.
 *
 * @example
 * // judge.mjs
 * export { openMnl as transport } from '@nfkit/mnl-native'
 * export default (packet) => packet.accept()
 *
 * @example
 * import { openPool } from '@nfkit/nfqueue'
 *
 * const pool = await openPool({ queues: [0, 3], module: new URL('./judge.mjs', import.meta.url) })
 * pool.on('workerDied', ({ queues, error }) => console.error(`the worker of ${queues} died`, error))
 * await pool.close()
 */
export async function openPool(options: PoolOptions): Promise<Pool> {
  const { shares, module, execArgv, limits, message } = planOf(options)
  const policy = new Policy(message === undefined ? undefined : messageOf(message, shares.flat()))
  const listeners = new Listeners<PoolEvents>()
  listeners.hold()
  const tell: Tell = (event, ...what) => void listeners.tell(event, what)
  const members = shares.map((queues) => new Member(queues, { module, execArgv, limits, policy, tell }))
  const pool = new Pool(members, { policy, listeners })
  try {
    await pool.opened
  } catch (error) {
    await pool.close()
    throw error
  }
  listeners.begin()
  return pool
}

/** @internal What `openPool` made. */
export interface PoolTerms {
  readonly policy: Policy
  readonly listeners: Listeners<PoolEvents>
}

/** Queues spread over threads, made by `openPool`. */
export class Pool implements AsyncDisposable {
  /** @internal */
  readonly opened: Promise<unknown>
  /** Resolves when the pool is closed. */
  readonly closed: Promise<void>
  readonly #members: readonly Member[]
  readonly #policy: Policy
  readonly #listeners: Listeners<PoolEvents>
  #closing: Promise<void> | undefined
  #isClosed!: () => void

  /** @internal */
  constructor(members: readonly Member[], { policy, listeners }: PoolTerms) {
    this.#members = members
    this.#policy = policy
    this.#listeners = listeners
    this.opened = Promise.all(members.map((member) => member.opened))
    this.closed = new Promise((resolve) => {
      this.#isClosed = resolve
    })
  }

  /**
   * What all queues have done since the pool was opened; when it is closed, what they had done then. Of a worker that does not answer
   * within `answerMilliseconds`, and of one that died, it is what was last heard: at most `watchdogMilliseconds` ago.
   */
  async stats(): Promise<QueueStats> {
    return total(await Promise.all(this.#members.map((member) => member.stats())))
  }

  /**
   * Have every worker take a message: its module's `onMessage` is called with a copy (structured clone). Resolves when all have taken
   * it. A worker that is started later takes it before it opens its queues, but of all messages only the last: so send a whole state
   * (a policy, a table), not a change.
   *
   * Rejects with `PoolError`, whose `queues` are those of the workers concerned. Its `reason` is `refused` when an `onMessage` threw
   * (`cause` is what), `deaf` when the module has none, and later workers then begin with the message before; other workers may have
   * taken it, so send again the message all must have. `silent`: `answerMilliseconds` have gone by. `unclonable`: the message cannot be
   * copied, and no worker was sent it. `closed`: the pool is.
   */
  async send(message: unknown): Promise<void> {
    if (this.#closing) throw new PoolError(this.#queues, 'closed')
    const copy = messageOf(message, this.#queues)
    this.#policy.add(copy)
    const sent = await Promise.allSettled(this.#members.map((member) => member.send(copy)))
    const failures = sent.flatMap((one) => (one.status === 'rejected' ? [one.reason as PoolError] : []))
    const refusal = failures.find(({ reason }) => reason === 'refused' || reason === 'deaf')
    if (refusal) this.#policy.withdraw(copy)
    else this.#policy.keep(copy)
    const first = refusal ?? failures[0]
    if (first === undefined) return
    const { reason, cause } = first
    const queues = failures.filter((failure) => failure.reason === reason).flatMap((failure) => failure.queues)
    throw new PoolError(queues, reason, { cause })
  }

  /** Listen to an event. */
  on<K extends keyof PoolEvents>(event: K, listener: (...what: PoolEvents[K]) => void): this {
    this.#listeners.on(event, listener)
    return this
  }
  /** Stop listening to an event. */
  off<K extends keyof PoolEvents>(event: K, listener: (...what: PoolEvents[K]) => void): this {
    this.#listeners.off(event, listener)
    return this
  }

  /**
   * Every worker judges what is pending and closes its queues. One that has not done so within `closingMilliseconds` is ended, and the
   * kernel drops what it had. Never hangs and never rejects; closing twice waits for the same end.
   */
  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#members.map((member) => member.close())).then(this.#isClosed)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #queues(): readonly number[] {
    return this.#members.flatMap(({ queues }) => queues)
  }
}
