import { EventEmitter } from 'node:events'
import type { PoolEvents } from './events.ts'

export type Tell = <K extends keyof PoolEvents>(event: K, ...what: PoolEvents[K]) => void

/** What a pool tells: from when there can be a listener, and so that a listener that throws fails on its own. */
export class Announcements {
  readonly #events = new EventEmitter<PoolEvents>()
  /** What happened before. */
  #early: (() => void)[] | undefined = []

  readonly tell: Tell = (event, ...what) => {
    if (this.#early) this.#early.push(() => this.#emit(event, what))
    else this.#emit(event, what)
  }

  /** The caller has the pool after this turn; what happened until then is told then. */
  begin(): void {
    setImmediate(() => {
      const early = this.#early ?? []
      this.#early = undefined
      for (const tell of early) tell()
    })
  }

  on<K extends keyof PoolEvents>(event: K, listener: (...what: PoolEvents[K]) => void): void {
    this.#events.on(event, listener as never)
  }
  off<K extends keyof PoolEvents>(event: K, listener: (...what: PoolEvents[K]) => void): void {
    this.#events.off(event, listener as never)
  }

  #emit<K extends keyof PoolEvents>(event: K, what: PoolEvents[K]): void {
    try {
      ;(this.#events.emit as (event: string, ...what: unknown[]) => boolean).call(this.#events, event, ...what)
    } catch (error) {
      process.nextTick(() => {
        throw error
      })
    }
  }
}
