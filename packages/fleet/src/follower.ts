import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { FleetLog, LogEntry } from './log.ts'

/** What a follower needs. */
interface FollowerTerms {
  readonly log: FleetLog
  /** What was read before; 0 for nothing. */
  readonly place?: number
  /** Takes a message. The next one comes when it resolves; it does not reject. */
  readonly take: (entry: LogEntry) => Promise<void> | void
  /** Whether what was taken makes sense without what follows. */
  readonly isWhole: () => boolean
  readonly caughtUp: (place: number) => void
  readonly trouble: (error: Error) => void
}

/** How long it waits before it tries again, in milliseconds: twice as long each time. */
const pause = { first: 50, longest: 2_000 }

/** Reads a log from its oldest message on, for as long as it is not closed, whatever happens to the broker. */
export class Follower {
  readonly #terms: FollowerTerms
  readonly #closing = new AbortController()
  /** The place of the newest message that was taken. */
  #place: number
  #pause = pause.first
  readonly #waiting = new Set<() => void>()
  /** The message that is being taken. */
  #taking: Promise<void> = Promise.resolve()

  constructor(terms: FollowerTerms) {
    this.#terms = terms
    this.#place = terms.place ?? 0
    void this.#run()
  }

  get place(): number {
    return this.#place
  }

  /** Resolves when all is taken up to a place. Rejects when it aborts. */
  async reached(place: number, signal: AbortSignal): Promise<void> {
    while (this.#place < place) {
      signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake)
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
        signal.addEventListener('abort', wake)
      })
    }
  }

  /** Take no more. Resolves when none is being taken; a broker that does not answer is not waited for. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#taking
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    // Who has opened it listens by then.
    await nextTurn()
    while (!signal.aborted) {
      try {
        await this.#read(signal)
        if (!signal.aborted) throw new Error('the log has ended: it is read again')
      } catch (error) {
        if (signal.aborted) return
        this.#terms.trouble(error as Error)
      }
      await sleep(this.#pause, undefined, { signal }).catch(() => {})
      this.#pause = Math.min(2 * this.#pause, pause.longest)
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { log, take, isWhole, caughtUp } = this.#terms
    let goal: number | undefined = await log.end()
    if (signal.aborted) return
    // A log that ends before what was taken of it is another one.
    if (goal < this.#place) this.#place = 0
    // What was taken away before a place is in the snapshot there: all of its parts are in the log.
    let hasGap = false
    const reach = () => {
      if (isWhole()) hasGap = false
      if (goal === undefined || this.#place < goal || hasGap) return
      goal = undefined
      caughtUp(this.#place)
    }
    if (goal <= this.#place) reach()
    for await (const entry of log.read(this.#place + 1, signal)) {
      if (signal.aborted) return
      if (entry.place > this.#place + 1) hasGap = true
      this.#taking = (async () => take(entry))()
      await this.#taking
      this.#place = entry.place
      this.#pause = pause.first
      for (const wake of this.#waiting) wake()
      reach()
    }
  }
}
