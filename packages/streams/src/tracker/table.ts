import type { TcpConnection } from '../connection/connection.ts'
import { type Aged, Ages } from './ages.ts'

/** Stages of a connection; those that are worth least come first. */
const stages = ['over', 'opening', 'open'] as const

/** A stage of a connection: `opening` until the client has answered the server, `over` after a reset or both ends' FIN. */
export type Stage = (typeof stages)[number]

/** How many connections there may be, and how long they may be silent. */
export interface TableLimits {
  readonly connections: number
  /** Milliseconds without a packet, at each stage. */
  readonly silence: { readonly [S in Stage]: number }
}

/** A connection and its place among others of its stage. */
class Row implements Aged {
  readonly connection: TcpConnection
  stage: Stage = 'opening'
  touchedAt = 0
  older: Row | undefined = undefined
  newer: Row | undefined = undefined

  constructor(connection: TcpConnection) {
    this.connection = connection
  }
}

/** The connections of a tracker, by key and, at each stage, by age. */
export class Table {
  readonly #limits: TableLimits
  readonly #rows = new Map<string, Row>()
  readonly #ages = { over: new Ages<Row>(), opening: new Ages<Row>(), open: new Ages<Row>() }
  readonly #gone: (connection: TcpConnection, why: 'idle' | 'evicted') => void

  /** `gone` is told of connections that were forgotten for their age, or for want of room. */
  constructor(limits: TableLimits, gone: (connection: TcpConnection, why: 'idle' | 'evicted') => void) {
    this.#limits = limits
    this.#gone = gone
  }

  get size(): number {
    return this.#rows.size
  }

  *[Symbol.iterator](): Generator<TcpConnection> {
    for (const { connection } of this.#rows.values()) yield connection
  }

  /** The connection of a key, whose age starts anew. */
  find(key: string, now: number): TcpConnection | undefined {
    const row = this.#rows.get(key)
    if (row === undefined) return undefined
    this.#ages[row.stage].touch(row, now)
    return row.connection
  }

  /** Add a connection, or put it in place of the one with its key. The one that is worth least goes when there is no room. */
  add(connection: TcpConnection, now: number): void {
    const { key } = connection
    this.#remove(this.#rows.get(key))
    if (this.#rows.size >= this.#limits.connections) this.evict()
    const row = new Row(connection)
    this.#rows.set(key, row)
    this.#ages[row.stage].add(row, now)
  }

  /** Put a connection where its stage belongs. */
  settle({ key, isOpen, isOver }: TcpConnection, now: number): void {
    const row = this.#rows.get(key)
    const stage = isOver ? 'over' : isOpen ? 'open' : 'opening'
    if (row === undefined || row.stage === stage) return
    this.#ages[row.stage].remove(row)
    row.stage = stage
    this.#ages[stage].add(row, now)
  }

  /** Forget connections that were silent too long: a few at a time, so that no packet waits for many. */
  expire(now: number): void {
    for (const stage of stages) {
      for (let left = 8; left > 0; left--) {
        const { oldest } = this.#ages[stage]
        if (oldest === undefined || now - oldest.touchedAt < this.#limits.silence[stage]) break
        this.#remove(oldest)
        this.#gone(oldest.connection, 'idle')
      }
    }
  }

  /** Forget the connection that is worth least. `false` when there is none. */
  evict(): boolean {
    const stage = stages.find((one) => this.#ages[one].oldest !== undefined)
    const oldest = stage && this.#ages[stage].oldest
    if (oldest === undefined) return false
    this.#remove(oldest)
    this.#gone(oldest.connection, 'evicted')
    return true
  }

  #remove(row: Row | undefined): void {
    if (row === undefined) return
    this.#rows.delete(row.connection.key)
    this.#ages[row.stage].remove(row)
  }
}
