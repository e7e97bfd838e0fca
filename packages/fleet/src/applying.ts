import { contains, isSingle, type Network, parseNetwork } from '@nfkit/inet'
import { forgetOver, type Listed, type Replica } from './notice/replica.ts'

/** What carries lists out: a `Firewall` of `@nfkit/firewall`, or anything with these three. */
export interface FleetTarget {
  /** Let nothing pass to or from these addresses and networks, for so many seconds; for ever without. */
  block(where: readonly string[], options?: { readonly seconds?: number }): Promise<unknown>
  /** Let everything pass to and from them. */
  allow(where: readonly string[], options?: { readonly seconds?: number }): Promise<unknown>
  /** Take back `block` and `allow` of them. */
  unlist(where: readonly string[]): Promise<unknown>
}

/** Puts a policy in force; `undefined` for one that is no more. */
export type PutPolicy = (name: string, value: unknown) => unknown

/** What is brought to what a replica has. */
export interface ApplyingTerms {
  readonly target: FleetTarget
  readonly policy: PutPolicy
}

/** How many addresses are one batch for the kernel. */
const perBatch = 10_000

/** How many changes may wait for the kernel before no more of the log is read. */
const mostWaiting = 100_000

/** Brings a target to what a replica has, as fast as it takes it: what changes twice meanwhile is changed once. */
export class Applying {
  readonly #replica: Replica
  readonly #terms: ApplyingTerms
  /** What the target has; those whose time is over may be among them. */
  readonly #applied: Map<string, Listed>
  #many = 0
  #places = new Set<string>()
  #policies = new Set<string>()
  #working: Promise<void> | undefined

  /** `applied` is what the target has from another one. */
  constructor(replica: Replica, terms: ApplyingTerms, applied: Iterable<readonly [string, Listed]> = []) {
    this.#replica = replica
    this.#terms = terms
    this.#applied = new Map(applied)
  }

  /** What the target has. */
  get applied(): ReadonlyMap<string, Listed> {
    return this.#applied
  }

  /** All may be otherwise: what the target is thought to have, it may have lost. */
  touchAll(): void {
    this.touch(this.#applied.keys(), [])
    this.touch(this.#replica.listed.keys(), this.#replica.policies.keys())
  }

  /** Something is otherwise now. */
  touch(places: Iterable<string>, policies: Iterable<string>): void {
    for (const place of places) this.#places.add(place)
    for (const name of policies) this.#policies.add(name)
  }

  /** Whether all that has been touched is in force. */
  get isDone(): boolean {
    return this.#places.size + this.#policies.size === 0 && this.#working === undefined
  }

  /** Whether more can wait. */
  get hasRoom(): boolean {
    return this.#places.size < mostWaiting
  }

  /**
   * Resolves when all that has been touched is in force. Rejects when the target does, and between two batches when the signal aborts; what is not in force then is tried
   * with the next call.
   */
  async done(signal: AbortSignal): Promise<void> {
    while (!this.isDone) {
      this.#working ??= this.#work(signal).finally(() => {
        this.#working = undefined
      })
      await this.#working
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    const [places, policies] = [this.#places, this.#policies]
    this.#places = new Set()
    this.#policies = new Set()
    try {
      await this.#list(places, signal)
      for (const name of policies) {
        signal.throwIfAborted()
        await this.#terms.policy(name, this.#replica.policies.get(name))
        policies.delete(name)
      }
    } catch (error) {
      this.touch(places, policies)
      throw error
    }
  }

  async #list(places: Set<string>, signal: AbortSignal): Promise<void> {
    const { target } = this.#terms
    const now = Date.now()
    if (this.#applied.size > this.#many) this.#many = forgetOver(this.#applied, now)
    const isOver = ({ until }: Listed) => until !== null && until <= now
    const gone: string[] = []
    const come = new Map<string, Listed>()
    for (const place of places) {
      const [was, is] = [this.#applied.get(place), this.#replica.listed.get(place)]
      const wanted = is && !isOver(is) ? is : undefined
      if (was && !isOver(was) && !isCovered(was, wanted)) gone.push(place)
      if (wanted) come.set(place, wanted)
      else if (!was || isOver(was)) this.#applied.delete(place)
    }
    for (const some of pieces(gone)) {
      signal.throwIfAborted()
      await target.unlist(some)
      for (const place of some) this.#applied.delete(place)
    }
    // What was taken back may be part of a network that stays, or a network with an address that stays.
    // Where the target refuses it now, it is tried again with the others.
    for (const [place, listed] of meeting(this.#applied, gone)) {
      if (isOver(listed)) continue
      places.add(place)
      come.set(place, this.#replica.listed.get(place) ?? listed)
    }
    for (const { list, seconds, among } of groups(come, now))
      for (const some of pieces(among)) {
        signal.throwIfAborted()
        await target[list === 'blocked' ? 'block' : 'allow'](some, seconds === undefined ? {} : { seconds })
        for (const place of some) this.#applied.set(place, come.get(place)!)
      }
  }
}

/** Whether listing an address as wanted makes the target have it so, though it has it already: for as long or longer. */
const isCovered = (was: Listed, wanted: Listed | undefined): boolean =>
  wanted?.list === was.list && (wanted.until ?? Number.POSITIVE_INFINITY) >= (was.until ?? Number.POSITIVE_INFINITY)

function* pieces(all: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < all.length; at += perBatch) yield all.slice(at, at + perBatch)
}

interface Group {
  readonly list: Listed['list']
  readonly seconds: number | undefined
  readonly among: string[]
}

/** Those that are listed alike. Times are rounded up by a 64th at most: there are few, whatever authors say. */
function groups(come: ReadonlyMap<string, Listed>, now: number): Iterable<Group> {
  const all = new Map<string, Group>()
  for (const [place, { list, until }] of come) {
    const left = until === null ? undefined : rounded((until - now) / 1_000)
    const key = `${list} ${left}`
    if (!all.has(key)) all.set(key, { list, seconds: left, among: [] })
    all.get(key)!.among.push(place)
  }
  return all.values()
}

/** The kernel's timers take so much. */
const longest = 2_147_483

function rounded(seconds: number): number {
  const step = 2 ** (Math.floor(Math.log2(seconds)) - 6)
  return Math.min(Math.ceil(seconds / step) * step, longest)
}

/** What of the listed meets one of these, other than by being the same. */
function* meeting(listed: ReadonlyMap<string, Listed>, gone: readonly string[]): Generator<[string, Listed]> {
  const networks = gone.map((place) => parseNetwork(place)!)
  const wide = networks.filter((network) => !isSingle(network))
  const meets = (one: Network) =>
    wide.some((network) => contains(network, one.address)) ||
    (!isSingle(one) && networks.some(({ address }) => contains(one, address)))
  if (gone.length === 0) return
  for (const [place, at] of listed) {
    if (wide.length === 0 && !place.includes('/')) continue
    if (meets(parseNetwork(place)!)) yield [place, at]
  }
}
