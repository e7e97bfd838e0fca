const reasons = {
  died: 'it ended',
  silent: 'it did not do what it was told in time, and was ended',
  stuck: 'it gave no sign of life, and was ended',
  closed: 'the supervisor is closed',
} as const

/** Why a worker is of no use. */
export type WorkerFailure = keyof typeof reasons

/** A worker failed. */
export class WorkerError extends Error {
  static {
    this.prototype.name = 'WorkerError'
  }
  readonly reason: WorkerFailure

  /** `detail` is what is known besides. */
  constructor(reason: WorkerFailure, detail = '') {
    super(`worker: ${reasons[reason]}${detail && `: ${detail}`}`)
    this.reason = reason
  }
}
