import type { QueueStats } from '../judging/counts.ts'
import { Backoff } from './backoff.ts'
import type { Tell } from './events.ts'
import { PoolError } from './failure.ts'
import type { Limits } from './limits.ts'
import type { Message, Policy } from './policy.ts'
import { Tally } from './stats.ts'
import { Answers } from './thread/answers.ts'
import { errorOf } from './thread/error-record.ts'
import type { FromWorker } from './thread/protocol.ts'
import { type Listener, Thread } from './thread/thread.ts'

/** What a pool's members have in common. */
export interface MemberTerms {
  readonly module: string
  readonly execArgv: readonly string[] | undefined
  readonly limits: Limits
  readonly policy: Policy
  readonly tell: Tell
}

/** A share of the queues: one worker and, when it ends, the next one. */
export class Member implements Listener {
  readonly queues: readonly number[]
  /** Resolves when the first worker has opened the queues; rejects with why it could not. */
  readonly opened: Promise<void>
  readonly #terms: MemberTerms
  readonly #counts = new Answers()
  readonly #messages = new Answers()
  readonly #tally = new Tally()
  readonly #backoff = new Backoff()
  #isOpened!: () => void
  #failed!: (error: Error) => void
  #thread: Thread | undefined
  /** When the worker of today had its queues open. */
  #openSince: number | undefined
  /** A worker that has never opened its queues is not replaced: opening the pool fails. */
  #wasOpen = false
  #closing = false
  #restart: NodeJS.Timeout | undefined
  /** The last message sent before the worker of today was started: it began with that or a later one. */
  #startedAfter = 0

  constructor(queues: readonly number[], terms: MemberTerms) {
    this.queues = queues
    this.#terms = terms
    this.opened = new Promise((resolve, reject) => {
      this.#isOpened = resolve
      this.#failed = reject
    })
    this.#start()
  }

  /** What the queues have done; as last said where no worker answers in time. */
  async stats(): Promise<QueueStats> {
    if (this.#openSince !== undefined && !this.#closing) {
      const { answerMilliseconds } = this.#terms.limits
      await this.#counts.ask(answerMilliseconds, (ticket) => this.#thread?.post({ kind: 'count', ticket }))
    }
    return this.#tally.total
  }

  /** Resolves when the worker has taken the message, or its replacement has begun with it; at once where there is none. */
  async send(message: Message): Promise<void> {
    const thread = this.#thread
    if (thread === undefined) return
    const { answerMilliseconds } = this.#terms.limits
    const isTaken = await this.#messages.ask(answerMilliseconds, (ticket) =>
      thread.post({ kind: 'message', ticket, message }),
    )
    if (!isTaken) throw new PoolError(this.queues, 'silent')
  }

  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#restart)
    await this.#thread?.close()
    this.#counts.answerThrough(this.#counts.last)
    this.#messages.refuseAll(new PoolError(this.queues, 'closed'))
  }

  hear(message: FromWorker): void {
    switch (message?.kind) {
      case 'open':
        this.#hasOpened()
        break
      case 'warning':
        this.#terms.tell('warning', { queue: message.queue, text: message.text })
        break
      case 'counts':
        this.#tally.present = message.stats
        this.#counts.answer(message.ticket)
        break
      case 'taken':
        if (message.error) this.#messages.refuse(message.ticket, errorOf(message.error))
        else this.#messages.answer(message.ticket)
        break
    }
  }

  stuck(milliseconds: number): void {
    this.#terms.tell('workerStuck', { queues: this.queues, milliseconds })
  }

  ended(error: Error): void {
    const lived = this.#openSince === undefined ? 0 : performance.now() - this.#openSince
    this.#thread = undefined
    this.#openSince = undefined
    this.#tally.end()
    this.#counts.answerThrough(this.#counts.last)
    if (this.#closing || !this.#wasOpen) {
      this.#failed(error)
      return
    }
    this.#restart = setTimeout(() => this.#start(), this.#backoff.pauseAfter(lived))
    this.#terms.tell('workerDied', { queues: this.queues, error })
  }

  #start(): void {
    const { queues } = this
    const { module, execArgv, limits, policy } = this.#terms
    this.#startedAfter = this.#messages.last
    try {
      this.#thread = new Thread({ module, queues, message: policy.inForce }, execArgv, limits, this)
    } catch (error) {
      this.ended(error as Error)
    }
  }

  #hasOpened(): void {
    const isReplacement = this.#wasOpen
    this.#openSince = performance.now()
    this.#wasOpen = true
    this.#isOpened()
    this.#messages.answerThrough(this.#startedAfter)
    if (isReplacement) this.#terms.tell('workerBack', { queues: this.queues })
  }
}
