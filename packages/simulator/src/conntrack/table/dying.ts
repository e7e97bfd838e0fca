import type { Clock } from '../../clock.ts'
import { change } from './change.ts'
import type { Connection } from './connection.ts'
import type { Events } from './events.ts'

const firstRetryMilliseconds = 1000
const retryMilliseconds = 10

/** Connections that were deleted while a listener that insists on it did not get the event: it is tried again (ecache_work). */
export class Dying {
  readonly connections = new Set<Connection>()
  readonly #clock: Clock
  readonly #events: Events
  #retrying = false

  constructor(clock: Clock, events: Events) {
    this.#clock = clock
    this.#events = events
  }

  /** `portId` is that of who deleted it. */
  add(connection: Connection, portId: number): void {
    connection.events!.portId = portId
    this.connections.add(connection)
    this.#retryAfter(firstRetryMilliseconds)
  }

  #retryAfter(milliseconds: number): void {
    if (this.#retrying) return
    this.#retrying = true
    this.#clock.after(milliseconds, () => {
      this.#retrying = false
      for (const connection of this.connections) {
        const cause = { portId: connection.events!.portId, echo: false }
        if (!this.#events.tell(connection, change.destroy, cause)) {
          this.#retryAfter(retryMilliseconds)
          return
        }
        this.connections.delete(connection)
      }
    })
  }
}
