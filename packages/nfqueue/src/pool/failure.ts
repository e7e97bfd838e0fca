const reasons = {
  opening:
    'had not opened them in time and was ended: its module may await something that never comes; raise openingMilliseconds where loading takes long',
  ended: 'ended by itself: its module, or what it uses, called process.exit()',
  stuck:
    'answered nothing for watchdogMilliseconds and was ended: a handler computes for too long, or never returns; give it less to do at once, or raise watchdogMilliseconds',
  unbound: 'lost one of them: the queue was closed, and the pool was not',
  deaf: 'takes no messages: export onMessage from the module',
  refused: 'did not take the message, for its onMessage threw: `cause` says what',
  silent:
    'has not taken the message in time, and may do so later: onMessage may await something that never comes; raise answerMilliseconds where it takes long',
  unclonable:
    'cannot be sent the message: send plain data, which structuredClone can copy; `cause` says what it could not',
  closed: 'takes no messages: the pool is closed',
} as const

/** What can go wrong with a worker, besides its queues. */
export type PoolFailure = keyof typeof reasons

/** A worker of a pool failed, or did not take a message. */
export class PoolError extends Error {
  static {
    this.prototype.name = 'PoolError'
  }
  /** The queues of the workers concerned. */
  readonly queues: readonly number[]
  readonly reason: PoolFailure
  /** What the worker's process ended with, for the reason `ended`. */
  readonly exitCode: number | undefined

  constructor(queues: readonly number[], reason: PoolFailure, { cause, exitCode }: PoolErrorDetails = {}) {
    const code = exitCode === undefined ? '' : ` (exit code ${exitCode})`
    super(`the worker of queue ${queues.join(', ')} ${reasons[reason]}${code}`, cause === undefined ? {} : { cause })
    this.queues = queues
    this.reason = reason
    this.exitCode = exitCode
  }
}

/** What an error of a pool carries. */
export interface PoolErrorDetails {
  /** What the worker threw, where it threw. */
  readonly cause?: unknown
  /** Exit code of the worker, where it ended. */
  readonly exitCode?: number | undefined
}
