/** What a supervisor tells. */
export interface SupervisorEvents {
  /** A worker has ended without being told to: a `WorkerError`. Another one is started. */
  workerDied: [Error]
  /** A worker reads, the first or the next: its process, and what the one before has left (`undefined` after a crash). */
  workerReads: [{ readonly processId: number | undefined; readonly state: unknown }]
  /** No worker was there in time: every packet gets this verdict, until one is. */
  absent: [{ readonly verdict: 'accept' | 'drop' }]
  /** Standing in for the workers failed: packets wait until one of them is there. */
  trouble: [Error]
}
