import type { FirewallVerdict } from '../marks.ts'
import type { JudgedConnection } from './connection.ts'

/**
 * For how long a decision is remembered here, in milliseconds. Of what was accepted, only packets that were queued already come by again. First
 * packets that were refused are sent again, and the kernel's own memory of them is bounded.
 */
const lifetimes: { readonly [decided in FirewallVerdict]: number } = { accept: 1_000, drop: 130_000, reject: 10_000 }

/** The same where no connection can be marked, because the kernel does not follow it: every packet comes by. */
const untracked = 60_000

interface Remembered {
  readonly decided: FirewallVerdict
  readonly epoch: number
  readonly connection: JudgedConnection
  readonly until: number
}

/** Decisions by connection, for packets that come by after all. */
export class Memory {
  readonly #size: number
  readonly #remembered = new Map<string, Remembered>()

  /** Of so many connections; the oldest goes first. */
  constructor(size: number) {
    this.#size = size
  }

  /** What was decided under this epoch, by its serial. */
  get(key: string, epoch: number): FirewallVerdict | undefined {
    const one = this.#remembered.get(key)
    if (one === undefined) return undefined
    if (one.epoch === epoch && one.until > performance.now()) return one.decided
    this.#remembered.delete(key)
    return undefined
  }

  set(key: string, epoch: number, decided: FirewallVerdict, connection: JudgedConnection): void {
    const lifetime = connection.isTracked ? lifetimes[decided] : Math.max(untracked, lifetimes[decided])
    this.#remembered.delete(key)
    this.#remembered.set(key, { decided, epoch, connection, until: performance.now() + lifetime })
    if (this.#remembered.size > this.#size) this.#remembered.delete(this.#remembered.keys().next().value!)
  }

  /** Forget connections. */
  forget(is: (connection: JudgedConnection) => boolean): void {
    for (const [key, { connection }] of this.#remembered) if (is(connection)) this.#remembered.delete(key)
  }
}
