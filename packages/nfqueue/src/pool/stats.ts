import { Counts, type QueueStats } from '../judging/counts.ts'

/** What several queues have done, all together. */
export const total = (all: readonly QueueStats[]): QueueStats => all.reduce(sum, new Counts().snapshot(0, 0, 0))

/** The sum of two figures, or of two records of the like. */
function sum<T extends number | object>(a: T, b: T): T {
  if (typeof a === 'number') return (a + (b as number)) as T
  const keys = Object.keys(a) as (keyof T)[]
  return Object.fromEntries(keys.map((key) => [key, sum(a[key] as object, b[key] as object)])) as T
}

/** What the workers of a share of queues have done, one after another: no figure falls because one of them died. */
export class Tally {
  #past = total([])
  /** What the worker of today said last. */
  present: readonly QueueStats[] = []

  get total(): QueueStats {
    return total([this.#past, ...this.present])
  }

  /** The worker is gone, and the kernel has dropped what waited for its verdicts. */
  end(): void {
    this.#past = { ...this.total, pending: 0 }
    this.present = []
  }
}
