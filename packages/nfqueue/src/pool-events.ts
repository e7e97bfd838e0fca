/** What a pool tells. */
export interface PoolEvents {
  /** A worker ended by itself; another takes its queues. Until then the kernel drops their packets, or lets them by with `bypass`. */
  workerDied: [{ readonly queues: readonly number[]; readonly error: Error | undefined }]
  /** The replacement has opened the queues. */
  workerBack: [{ readonly queues: readonly number[] }]
  warning: [{ readonly queue: number; readonly text: string }]
}
