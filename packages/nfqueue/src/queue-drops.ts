import { readFileSync } from 'node:fs'
import { parseQueueStatus, queueStatusPath } from './status.ts'

/** What the kernel drops because a queue is full: it tells in its table of queues, and nowhere else. */
export class QueueDrops {
  readonly #queue: number
  readonly #portId: number
  readonly #table: () => string
  #known = 0
  #told = 0

  /** `table` gives the text of `queueStatusPath`. */
  constructor(queue: number, portId: number, table: () => string = hostTable) {
    this.#queue = queue
    this.#portId = portId
    this.#table = table
  }

  /** So many so far. What was known stays known when the queue is gone. */
  get total(): number {
    const ours = parseQueueStatus(this.#table()).find(
      ({ queue, portId }) => queue === this.#queue && portId === this.#portId,
    )
    if (ours) this.#known = ours.queueDropped
    return this.#known
  }

  /** How many of them have not been taken before. */
  take(): number {
    const total = this.total
    const fresh = total - this.#told
    this.#told = total
    return fresh
  }
}

/** Empty where it cannot be read: it belongs to root, and to one network namespace. */
function hostTable(): string {
  try {
    return readFileSync(queueStatusPath, 'utf8')
  } catch {
    return ''
  }
}
