import { setTimeout as sleep } from 'node:timers/promises'
import { Listeners } from '@nfkit/netlink-transport'
import { Applying } from './applying.ts'
import type { FleetEvents } from './events.ts'
import { Follower } from './follower.ts'
import { estateOf, type GateHandover, handoverOf } from './handover.ts'
import { LogBehindError, type LogEntry } from './log.ts'
import { Reader } from './notice/reader.ts'
import { type FleetRefusal, refusals } from './notice/sealing.ts'
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
  readonly #settings: GateSettings
  readonly #listeners = new Listeners<FleetEvents>()
  readonly #reader: Reader
  readonly #applying: Applying
  readonly #follower: Follower
  readonly #refused = Object.fromEntries(Object.keys(refusals).map((one) => [one, 0])) as Record<FleetRefusal, number>
  readonly #closing = new AbortController()
  /** Where the log was when no snapshot was unfinished. */
  #whole: Pick<GateHandover, 'place' | 'serials'>
  /** What was read is not in force before the beginning is whole. */
  #hasBegun = false
  #hasRead = false
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
    const left = settings.handover && estateOf(settings.handover)
    this.#settings = settings
    this.#reader = new Reader(settings, left)
    this.#whole = { place: left?.place ?? 0, serials: this.serials }
    this.#applying = new Applying(this.#reader.replica, settings, left?.applied)
    this.#follower = new Follower({
      log: settings.log,
      place: left?.place ?? 0,
      take: (entry) => this.#take(entry),
      isWhole: () => this.#reader.replica.isWhole,
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
   * The last serial number of each author: a program that keeps it, and opens the next gate with it as `after`, puts nothing in force that is older, not even from
   * a log that somebody has put back.
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

  /**
   * Follow the log no more, and leave all that is known to the next gate, whose `openGate` takes it as `handover`. It goes with the target: with a firewall that is handed
   * over, the next gate takes back what is no longer listed. Resolves when the batch is done that the target is at; what is behind it is the next gate's. Never rejects.
   *
   * @example
   * import type { Firewall } from '@nfkit/firewall'
   *
   * export async function leave(gate: Gate, firewall: Firewall) {
   *   const fleet = await gate.handOver()
   *   return { fleet, firewall: await firewall.handOver() }
   * }
   */
  async handOver(): Promise<GateHandover> {
    await this.close()
    return handoverOf(this.#settings.fleet, this.#whole, this.#reader.replica, this.#applying.applied)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #take({ place, message }: LogEntry): Promise<void> {
    const taken = this.#reader.read(message)
    if (this.#reader.replica.isWhole) this.#whole = { place, serials: this.serials }
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
    if (!this.#hasBegun) {
      if (this.#hasRead && this.#reader.replica.isWhole && !this.#behind) void this.#caughtUp(place)
      return
    }
    this.#applying.touch(taken.places, taken.policies)
    if (!this.#isApplying) this.#applied = this.#apply()
    // A kernel that is slower than the log does not make this program grow.
    if (!this.#applying.hasRoom) await this.#applied
  }

  async #apply(): Promise<void> {
    this.#isApplying = true
    const { signal } = this.#closing
    // Asked in the turn that ends it: what is touched behind that begins anew.
    while (!signal.aborted && !this.#applying.isDone) {
      try {
        await this.#applying.done(signal)
      } catch (error) {
        if (signal.aborted) break
        this.#listeners.tell('trouble', [error as Error])
        await sleep(again, undefined, { signal }).catch(() => {})
      }
    }
    this.#isApplying = false
  }

  /** All that was in the log at the beginning is one change: nothing is in force meanwhile that was taken back since. */
  async #caughtUp(place: number): Promise<void> {
    this.#hasRead = true
    const behind = this.#behind
    if (!this.#hasBegun && behind) {
      this.#listeners.tell('trouble', [behind])
      return
    }
    if (!this.#hasBegun) {
      this.#hasBegun = true
      this.#applying.touchAll()
      this.#applied = this.#apply()
    }
    await this.#applied
    if (this.#closing.signal.aborted) return
    this.#resolveCaughtUp()
    this.#listeners.tell('caughtUp', [{ place }])
  }

  /** Why the log is an older one than was heard before, if it is. Who has no key any more says nothing. */
  get #behind(): LogBehindError | undefined {
    const { after, keys } = this.#settings
    for (const [author, expected] of Object.entries(after)) {
      const heard = this.#reader.replica.serials.get(author) ?? 0
      if (heard < expected && keys.has(author)) return new LogBehindError(author, heard, expected)
    }
    return undefined
  }
}
