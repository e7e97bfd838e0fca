import { Listeners } from '@nfkit/netlink-transport'
import type { PoolEvents } from './events.ts'

export type Tell = <K extends keyof PoolEvents>(event: K, ...what: PoolEvents[K]) => void

/** What a pool tells, from when there can be a listener. */
export class Announcements {
  readonly #listeners = new Listeners<PoolEvents>()
  /** What happened before. */
  #early: (() => void)[] | undefined = []

  readonly tell: Tell = (event, ...what) => {
    if (this.#early) this.#early.push(() => this.#listeners.tell(event, what))
    else this.#listeners.tell(event, what)
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
    this.#listeners.on(event, listener)
  }
  off<K extends keyof PoolEvents>(event: K, listener: (...what: PoolEvents[K]) => void): void {
    this.#listeners.off(event, listener)
  }
}
