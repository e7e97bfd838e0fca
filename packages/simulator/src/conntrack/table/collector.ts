import type { Clock } from '../../clock.ts'
import type { Connection } from './connection.ts'

const longestMilliseconds = 60_000
/** What an entry counts for at least, and at most. */
const [leastLeft, mostLeft] = [1000, 300_000]
/** So many entries seem to last for the longest pause: a few that expire soon wake nobody up. */
const calm = 100

/** What it collects from. */
export interface Collected {
  readonly all: readonly Connection[]
  /** Whether it has to look again. */
  readonly isInUse: boolean
  /** An entry has expired. */
  expire(connection: Connection): void
}

/**
 * The garbage collector, which takes out expired entries that no packet and no dump met (gc_worker). It looks at all of them each minute, and before that
 * when they will have expired on average.
 */
export class Collector {
  readonly #clock: Clock
  readonly #table: Collected
  #isDue = false

  constructor(clock: Clock, table: Collected) {
    this.#clock = clock
    this.#table = table
  }

  /** There is an entry. */
  start(): void {
    if (!this.#isDue) this.#after(longestMilliseconds)
  }

  /** At a whole minute of uptime at the latest. */
  #after(pause: number): void {
    this.#isDue = true
    const untilMinute = longestMilliseconds - (this.#clock.uptime % longestMilliseconds)
    this.#clock.after(Math.min(pause, untilMinute), () => {
      this.#isDue = false
      const next = this.#collect()
      if (this.#table.isInUse) this.#after(next)
    })
  }

  /** Returns the pause until the next time: a whole second, in which a small table has a minute. */
  #collect(): number {
    const { uptime } = this.#clock
    let [count, sum] = [calm, calm * longestMilliseconds]
    for (const connection of this.#table.all) {
      if (connection.expired(uptime)) {
        this.#table.expire(connection)
        continue
      }
      count++
      sum += Math.min(Math.max(connection.expires - uptime, leastLeft), mostLeft)
    }
    return 1000 * Math.ceil(sum / count / 1000)
  }
}
