import type { Packet } from '@nfkit/nfqueue'
import type { Epoch } from '../policy/epochs.ts'
import type { JudgedConnection } from './connection.ts'

/** Makes the view of a connection that its judge is given. */
export type Summon = (packet: Packet, signal: AbortSignal) => JudgedConnection

/** A connection on which nothing is decided yet, and its packets that wait. */
export class Case {
  /** What tells it from others; `undefined` of a packet that belongs to no connection. */
  readonly key: string | undefined
  /** When its judge was asked, on the clock of `performance.now()`. */
  askedAt = 0
  /** What its judge is asked about, under which epoch. */
  #asked: { readonly epoch: Epoch; readonly connection: JudgedConnection; readonly end: AbortController } | undefined
  #waiting: Packet[] = []

  constructor(key: string | undefined) {
    this.key = key
  }

  /** Under which epoch its judge was asked last. */
  get epoch(): Epoch | undefined {
    return this.#asked?.epoch
  }

  /** What its judge was given last. */
  get connection(): JudgedConnection | undefined {
    return this.#asked?.connection
  }

  /** Packets that wait for its judge: those that the queue has judged meanwhile do not. */
  get waiting(): readonly Packet[] {
    this.#waiting = this.#waiting.filter(({ judged }) => !judged)
    return this.#waiting
  }

  /** Ask anew about a connection of which a packet waits, under this epoch: an answer to what was asked before counts no more. */
  ask(epoch: Epoch, summon: Summon): JudgedConnection {
    this.end()
    const end = new AbortController()
    const connection = summon(this.#waiting[0]!, end.signal)
    this.#asked = { epoch, connection, end }
    this.askedAt = performance.now()
    return connection
  }

  /** Have a packet wait, unless so many do. */
  add(packet: Packet, most: number): boolean {
    if (this.#waiting.length >= most && this.waiting.length >= most) return false
    this.#waiting.push(packet.hold())
    return true
  }

  /** Those that wait, who wait no more. */
  take(): readonly Packet[] {
    const { waiting } = this
    this.#waiting = []
    return waiting
  }

  /** No answer is needed any more. */
  end(): void {
    this.#asked?.end.abort()
  }
}
