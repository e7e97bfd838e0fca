import { setTimeout as sleep } from 'node:timers/promises'
import { formatNetwork, parseNetwork } from '@nfkit/inet'
import { check, Listeners } from '@nfkit/netlink-transport'
import type { FleetEvents } from './events.ts'
import { Follower } from './follower.ts'
import { LogMovedError } from './log.ts'
import { inMessages, listingsOf } from './notice/listings.ts'
import { encodeNotice, type FleetList, type Notice, type SnapshotPart } from './notice/notice.ts'
import { Reader } from './notice/reader.ts'
import { refusals, seal } from './notice/sealing.ts'
import type { AuthorSettings } from './options.ts'

/** For how long addresses are listed. */
export interface FleetListingOptions {
  /** Seconds from now on; for ever by default. */
  readonly seconds?: number | undefined
}

/**
 * Who says what holds in a fleet, made by `openAuthor`. What is said resolves when the log has stored it: from then on nothing but the end of the log loses it.
 *
 * @example
 * import type { Author } from '@nfkit/fleet'
 *
 * export async function ban(author: Author, address: string) {
 *   await author.block(address, { seconds: 3_600 })
 * }
 */
export class Author implements AsyncDisposable {
  readonly #settings: AuthorSettings
  readonly #reader: Reader
  readonly #follower: Follower
  readonly #listeners = new Listeners<FleetEvents>()
  readonly #closing = new AbortController()
  /** The greatest serial number that was ever given, stored or not. */
  #serial = 0
  #turn: Promise<unknown> = Promise.resolve()

  /** @internal */
  constructor(settings: AuthorSettings) {
    this.#settings = settings
    this.#reader = new Reader(settings)
    this.#listeners.hold()
    this.#follower = new Follower({
      log: settings.log,
      take: ({ place, message }) => {
        const taken = this.#reader.read(message)
        if (typeof taken === 'string')
          this.#listeners.tell('refused', [{ place, refusal: taken, why: refusals[taken] }])
        else if (taken.missing > 0)
          this.#listeners.tell('missing', [{ place, author: taken.author, messages: taken.missing }])
      },
      isWhole: () => this.#reader.replica.isWhole,
      caughtUp: (place) => this.#listeners.tell('caughtUp', [{ place }]),
      trouble: (error) => this.#listeners.tell('trouble', [error]),
    })
  }

  /** Have `listener` called on each `event`. */
  on<K extends keyof FleetEvents>(event: K, listener: (...what: FleetEvents[K]) => void): this {
    this.#listeners.on(event, listener)
    return this
  }

  /** @internal Resolves when all that is in the log was read. Rejects when that takes too long. */
  async ready(): Promise<void> {
    await this.#within((signal) => this.#readAll(signal))
    this.#listeners.begin()
  }

  /** Block addresses and networks on all gates. Rejects with `RangeError` for what is neither, and with what the broker says where it is away for too long. */
  block(where: string | readonly string[], options: FleetListingOptions = {}): Promise<void> {
    return this.#list('blocked', where, options)
  }

  /** Allow them on all gates. Rejects as `block` does. */
  allow(where: string | readonly string[], options: FleetListingOptions = {}): Promise<void> {
    return this.#list('allowed', where, options)
  }

  /** Take back what was blocked or allowed, as it was written then. What is listed besides stays so, though it has the same addresses. Rejects as `block` does. */
  unlist(where: string | readonly string[]): Promise<void> {
    return this.#list('none', where, {})
  }

  /** Give all gates a policy, which is plain data; `null` takes it back. Rejects with `RangeError` where it is too long for a message. */
  policy(name: string, value: unknown): Promise<void> {
    return this.#inTurn(async () => {
      await this.#say({ listings: [], policies: { [name]: value } })
    })
  }

  /**
   * Say all again that holds, and have the log forget what was said before: a gate that comes later reads less. Gates that are up to date change nothing. Rejects as
   * `block` does, and with `LogMovedError` where other authors leave no moment for it.
   */
  snapshot(): Promise<void> {
    return this.#inTurn(async () => {
      for (let attempts = 10; ; attempts--) {
        try {
          return await this.#snapshot()
        } catch (error) {
          if (!(error instanceof LogMovedError) || attempts === 1) throw error
        }
      }
    })
  }

  /** Say nothing more. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#turn
    await this.#follower.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #list(list: FleetList, where: string | readonly string[], { seconds }: FleetListingOptions): Promise<void> {
    const places = (typeof where === 'string' ? [where] : where).map(placeOf)
    if (seconds !== undefined && !(seconds > 0 && seconds <= 1e9))
      throw new RangeError(`seconds: ${check.shown(seconds)} is no number of seconds above 0 and up to 1,000,000,000`)
    const until = seconds === undefined ? null : Math.ceil(Date.now() + 1_000 * seconds)
    await this.#inTurn(async () => {
      for (const listing of inMessages({ list, until, places })) await this.#say({ listings: [listing], policies: {} })
    })
  }

  async #snapshot(): Promise<void> {
    await this.#within((signal) => this.#readAll(signal))
    const { replica } = this.#reader
    const listings = listingsOf(replica.listed)
    const parts = [
      ...listings.map((listing) => ({ listings: [listing], policies: {} })),
      ...Array.from(replica.policies, ([name, value]) => ({ listings: [], policies: { [name]: value } })),
    ]
    if (parts.length === 0) parts.push({ listings: [], policies: {} })
    const serials = Object.fromEntries(replica.serials)
    let after = this.#follower.place
    let first: number | undefined
    for (const [part, said] of parts.entries()) {
      after = await this.#say(
        { ...said, snapshot: { part, parts: parts.length, serials } satisfies SnapshotPart },
        after,
      )
      first ??= after
    }
    await this.#settings.log.trim(first!)
  }

  async #say(said: Omit<Notice, 'serial'>, after?: number): Promise<number> {
    const { fleet, author, key, log, mostBytes } = this.#settings
    const serial = Math.max(this.#serial, this.#reader.replica.serials.get(author) ?? 0) + 1
    const message = seal(fleet, author, key, encodeNotice({ serial, ...said }))
    if (message.length > mostBytes)
      throw new RangeError(`a message of ${message.length} bytes is longer than the ${mostBytes} that gates take`)
    this.#serial = serial
    const id = `${fleet}.${author}.${serial}`
    return this.#within(async (signal) => {
      for (;;) {
        try {
          return await log.append(message, { id, after, signal })
        } catch (error) {
          if (error instanceof LogMovedError || signal.aborted) throw error
          this.#listeners.tell('trouble', [error as Error])
          await sleep(50, undefined, { signal })
        }
      }
    })
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        return await this.#follower.reached(await this.#settings.log.end(), signal)
      } catch (error) {
        if (signal.aborted) throw error
        await sleep(50, undefined, { signal })
      }
    }
  }

  /** A signal of its own for each: one that is combined with `#closing` would be known to that for as long as the author lives. */
  async #within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal: closing } = this.#closing
    const given = new AbortController()
    const close = () => given.abort(closing.reason)
    const milliseconds = Math.min(this.#settings.patienceMilliseconds, check.longestDelay)
    const late = setTimeout(
      () => given.abort(new DOMException('the broker was away for too long', 'TimeoutError')),
      milliseconds,
    )
    closing.addEventListener('abort', close)
    if (closing.aborted) close()
    try {
      return await work(given.signal)
    } finally {
      clearTimeout(late)
      closing.removeEventListener('abort', close)
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }
}

/** As it is listed: `10.0.0.0/8`, `192.0.2.7`. */
function placeOf(text: unknown): string {
  const network = typeof text === 'string' ? parseNetwork(text) : undefined
  if (network) return formatNetwork(network)
  throw new RangeError(`${check.shown(text)} is neither an address nor a network: 192.0.2.7, 10.0.0.0/8, fd00::/8`)
}
