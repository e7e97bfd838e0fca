import type { Stage, TcpConnection } from '../connection/connection.ts'
import { Ages } from './ages.ts'

/** Those that are worth least come first. */
const stages = ['over', 'opening', 'oneSided', 'open', 'keeping'] as const satisfies readonly Stage[]

/** Those of which bytes may be kept; a SYN has data at most. */
const keepingStages = ['oneSided', 'keeping', 'over', 'opening'] as const satisfies readonly Stage[]

/** How many connections are forgotten with one packet, and how often the shortest silence is looked for. */
const expiredAtOnce = 16
const looks = 16

/** How many connections there may be, and how long they may be silent. */
export interface TableLimits {
  readonly connections: number
  /** Milliseconds without a packet, at each stage. */
  readonly silence: { readonly [S in Stage]: number }
}

/** The connections of a tracker, by key and, at each stage, by age. */
export class Table {
  readonly #limits: TableLimits
  readonly #connections = new Map<string, TcpConnection>()
  readonly #ages = {
    over: new Ages<TcpConnection>(),
    opening: new Ages<TcpConnection>(),
    oneSided: new Ages<TcpConnection>(),
    open: new Ages<TcpConnection>(),
    keeping: new Ages<TcpConnection>(),
  }
  readonly #gone: (connection: TcpConnection, why: 'idle' | 'evicted') => void

  /** How often to look for silent connections, and when that was done. */
  readonly #interval: number
  #lookedAt = 0

  /** `gone` is told of connections that were forgotten for their age, or for want of room. */
  constructor(limits: TableLimits, gone: (connection: TcpConnection, why: 'idle' | 'evicted') => void) {
    this.#limits = limits
    this.#interval = Math.min(...Object.values(limits.silence)) / looks
    this.#gone = gone
  }

  get size(): number {
    return this.#connections.size
  }

  [Symbol.iterator](): IterableIterator<TcpConnection> {
    return this.#connections.values()
  }

  /** The connection of a key. */
  find(key: string): TcpConnection | undefined {
    return this.#connections.get(key)
  }

  /** Its age starts anew. `false` for a connection that was forgotten. */
  touch(connection: TcpConnection, now: number): boolean {
    const { stage } = connection
    if (stage === undefined) return false
    this.#ages[stage].touch(connection, now)
    return true
  }

  /** Add a connection, or put it in place of the one with its key. The one that is worth least goes when there is no room. */
  add(connection: TcpConnection, now: number): void {
    const { key } = connection
    const known = this.#connections.get(key)
    if (known !== undefined) this.#remove(known)
    if (this.#connections.size >= this.#limits.connections) this.#evict(stages)
    this.#connections.set(key, connection)
    this.#enter(connection, 'opening', now)
  }

  /** Put a connection where its stage belongs. */
  settle(connection: TcpConnection, now: number): void {
    const { stage, due } = connection
    if (stage === due || stage === undefined) return
    this.#ages[stage].remove(connection)
    this.#enter(connection, due, now)
  }

  /** Forget connections that were silent too long: a few at a time, so that no packet waits for many. */
  expire(now: number): void {
    if (now - this.#lookedAt < this.#interval) return
    let left = expiredAtOnce
    for (const stage of stages) {
      for (; left > 0; left--) {
        const { oldest } = this.#ages[stage]
        if (oldest === undefined || now - oldest.touchedAt < this.#limits.silence[stage]) break
        this.#remove(oldest)
        this.#gone(oldest, 'idle')
      }
    }
    if (left > 0) this.#lookedAt = now
  }

  /** Forget a connection of which bytes are kept: the one that was silent longest. `false` when there is none. */
  evictKeeping(): boolean {
    return this.#evict(keepingStages)
  }

  #evict(from: readonly Stage[]): boolean {
    const stage = from.find((one) => this.#ages[one].oldest !== undefined)
    const oldest = stage && this.#ages[stage].oldest
    if (oldest === undefined) return false
    this.#remove(oldest)
    this.#gone(oldest, 'evicted')
    return true
  }

  #enter(connection: TcpConnection, stage: Stage, now: number): void {
    connection.stage = stage
    this.#ages[stage].add(connection, now)
  }

  #remove(connection: TcpConnection): void {
    this.#connections.delete(connection.key)
    if (connection.stage !== undefined) this.#ages[connection.stage].remove(connection)
    connection.stage = undefined
  }
}
