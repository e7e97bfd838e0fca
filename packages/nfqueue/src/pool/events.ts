/** What a pool tells. */
export interface PoolEvents {
  /**
   * A worker ended, and another takes its queues. Until then the kernel drops their packets, or lets them by with `bypass`. `error` is
   * what it threw, the `QueueError` of a replacement that could not open its queues, or a `PoolError` that says how it ended.
   */
  workerDied: [{ readonly queues: readonly number[]; readonly error: Error }]
  /** The replacement has opened the queues. */
  workerBack: [{ readonly queues: readonly number[] }]
  /**
   * A worker gave no sign of life for so long, or did not close in so long, and is ended by force. `workerDied` follows when it is
   * gone, but for a pool that closes. A worker that waits in a system call is gone when the call returns.
   */
  workerStuck: [{ readonly queues: readonly number[]; readonly milliseconds: number }]
  /** Something is legal and probably not meant, as on a queue; `queue` says which queue told it. */
  warning: [{ readonly queue: number; readonly text: string }]
}

/** Where the news of a pool go: an event by name. */
export type Tell = <K extends keyof PoolEvents>(event: K, ...what: PoolEvents[K]) => void
