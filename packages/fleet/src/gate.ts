import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Listeners } from '@nfkit/netlink-transport'
import { Applying } from './applying.ts'
import type { FleetEvents } from './events.ts'
import { Follower } from './follower.ts'
import type { LogEntry } from './log.ts'
import { decodeNotice } from './notice/notice.ts'
import { Replica, type Taken } from './notice/replica.ts'
import { type FleetRefusal, refusals, unseal } from './notice/sealing.ts'
import type { GateSettings } from './options.ts'

/** What a gate has counted. */
export interface GateStats {
  /** Messages that were taken. */
  readonly taken: number
  /** Messages that were not, by why. */
  readonly refused: { readonly [refusal in FleetRefusal]: number }
  /** Messages that are missing in the log. */
  readonly missing: number
  /** Addresses and networks that are listed; those whose time was over a while ago may be among them. */
  readonly listed: number
  /** The place of the newest message that was read. */
  readonly place: number
}

/** How long it waits before it asks a target again, in milliseconds. */
const again = 200

/** Reads what a log's authors say, and refuses what others do. */
export class Reader {
  readonly replica: Replica
  readonly #fleet: string
  readonly #keys: ReadonlyMap<string, KeyObject>
  readonly #mostBytes: number

  constructor({
    fleet,
    keys,
    mostBytes,
    mostListed,
  }: Pick<GateSettings, 'fleet' | 'keys' | 'mostBytes' | 'mostListed'>) {
    this.replica = new Replica(mostListed)
    this.#fleet = fleet
    this.#keys = keys
    this.#mostBytes = mostBytes
  }

  read(message: Uint8Array): (Taken & { readonly author: string }) | FleetRefusal {
    if (message.length > this.#mostBytes) return 'oversized'
    const opened = unseal(this.#fleet, this.#keys, message)
    if (typeof opened === 'string') return opened
    const notice = decodeNotice(opened.body)
    if (notice === undefined) return 'malformed'
    const taken = this.replica.take(opened.author, notice, Date.now())
    return typeof taken === 'string' ? taken : { ...taken, author: opened.author }
  }
}

/**
 * One machine of a fleet, made by `openGate`: what the fleet's authors say is in force here.
 *
 * @example
 * import type { Gate } from '@nfkit/fleet'
 *
 * export function watch(gate: Gate) {
 *   gate.on('refused', ({ place, why }) => console.error(`message ${place}: ${why}`))
 *   gate.on('trouble', (error) => console.error(error.message))
 *   setInterval(() => console.log(gate.stats()), 60_000).unref()
 * }
 */
export class Gate implements AsyncDisposable {
  /** Resolves when all is in force that was in the log when this gate was opened. */
  readonly caughtUp: Promise<void>
  readonly #listeners = new Listeners<FleetEvents>()
  readonly #reader: Reader
  readonly #applying: Applying
  readonly #follower: Follower
  readonly #refused = Object.fromEntries(Object.keys(refusals).map((one) => [one, 0])) as Record<FleetRefusal, number>
  readonly #closing = new AbortController()
  #taken = 0
  #missing = 0
  #applied: Promise<void> = Promise.resolve()
  #isApplying = false
  #resolveCaughtUp!: () => void

  /** @internal */
  constructor(settings: GateSettings) {
    this.caughtUp = new Promise((resolve) => {
      this.#resolveCaughtUp = resolve
    })
    this.#reader = new Reader(settings)
    for (const [author, serial] of Object.entries(settings.after)) this.#reader.replica.serials.set(author, serial)
    this.#applying = new Applying(this.#reader.replica, settings.target, settings.policy)
    this.#follower = new Follower({
      log: settings.log,
      take: (entry) => this.#take(entry),
      caughtUp: (place) => void this.#caughtUp(place),
      trouble: (error) => this.#listeners.tell('trouble', [error]),
    })
  }

  /** Have `listener` called on each `event`. */
  on<K extends keyof FleetEvents>(event: K, listener: (...what: FleetEvents[K]) => void): this {
    this.#listeners.on(event, listener)
    return this
  }

  /** Take back the latest `on` of this listener. */
  off<K extends keyof FleetEvents>(event: K, listener: (...what: FleetEvents[K]) => void): this {
    this.#listeners.off(event, listener)
    return this
  }

  /** What has happened so far; cheap enough to poll. */
  stats(): GateStats {
    return {
      taken: this.#taken,
      refused: { ...this.#refused },
      missing: this.#missing,
      listed: this.#reader.replica.listed.size,
      place: this.#follower.place,
    }
  }

  /**
   * The last serial number of each author: a program that keeps it, and opens the next gate with it as `after`, takes nothing that is older, not even from a log
   * that somebody has put back.
   */
  get serials(): { readonly [author: string]: number } {
    return Object.fromEntries(this.#reader.replica.serials)
  }

  /** Follow the log no more. What is in force stays so. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#follower.close()
    await this.#applied
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #take({ place, message }: LogEntry): Promise<void> {
    const taken = this.#reader.read(message)
    if (typeof taken === 'string') {
      this.#refused[taken]++
      this.#listeners.tell('refused', [{ place, refusal: taken, why: refusals[taken] }])
      return
    }
    this.#taken++
    if (taken.missing > 0) {
      this.#missing += taken.missing
      this.#listeners.tell('missing', [{ place, author: taken.author, messages: taken.missing }])
    }
    this.#applying.touch(taken.places, taken.policies)
    if (!this.#isApplying) this.#applied = this.#apply()
    // A kernel that is slower than the log does not make this program grow.
    if (!this.#applying.hasRoom) await this.#applied
  }

  async #apply(): Promise<void> {
    this.#isApplying = true
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await this.#applying.done()
        break
      } catch (error) {
        this.#listeners.tell('trouble', [error as Error])
        await sleep(again, undefined, { signal }).catch(() => {})
      }
    }
    this.#isApplying = false
  }

  async #caughtUp(place: number): Promise<void> {
    await this.#applied
    if (this.#closing.signal.aborted) return
    this.#resolveCaughtUp()
    this.#listeners.tell('caughtUp', [{ place }])
  }
}
