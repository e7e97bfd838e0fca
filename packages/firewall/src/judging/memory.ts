import type { Tuple } from '@nfkit/inet'
import type { FirewallVerdict } from '../marks.ts'
import type { Epoch } from '../policy/epochs.ts'
import type { FlowSubject } from './flow.ts'
import type { Decision } from './outcome.ts'

/**
 * For how long a decision is remembered here, in milliseconds. Of what was accepted, only packets that were queued already come by again. First
 * packets that were refused are sent again, and the kernel's own memory of them is bounded.
 */
const lifetimes: { readonly [decided in FirewallVerdict]: number } = { accept: 1_000, drop: 130_000, reject: 10_000 }

/** The same where no connection can be marked, because the kernel does not follow it: every packet comes by. */
const untracked = 60_000

interface Remembered {
  readonly key: string
  readonly decision: Omit<Decision, 'connection'> & { readonly connection: FlowSubject }
  readonly until: number
  /** Those that are remembered as long: they end in the order they came. */
  readonly alike: Set<Remembered>
}

/** What is remembered of a connection, as one firewall leaves it to the next: plain data. */
export interface DecisionLeft {
  /** What was decided. */
  readonly verdict: FirewallVerdict
  /** What tells its connection from others. */
  readonly key: string
  /** The tuple of its first packets, and the same before any translation. */
  readonly connection: { readonly tuple: Tuple | undefined; readonly original: Tuple | undefined }
  /** For how long it is remembered, in milliseconds. */
  readonly milliseconds: number
}

/** Decisions by connection, for packets that come by after all. */
export class Memory {
  readonly #size: number
  readonly #remembered = new Map<string, Remembered>()
  readonly #byLifetime = new Map<number | 'left', Set<Remembered>>()

  /** Of so many connections; the oldest goes first. */
  constructor(size: number) {
    this.#size = size
  }

  /** What was decided under this epoch. */
  get(key: string, epoch: Epoch): Remembered['decision'] | undefined {
    const one = this.#remembered.get(key)
    if (one === undefined) return undefined
    if (one.decision.epoch.serial === epoch.serial && one.until > performance.now()) return one.decision
    this.#drop(one)
    return undefined
  }

  set(key: string, decision: Decision): void {
    const { tuple, original, isTracked } = decision.connection
    const lifetime = lifetimes[decision.verdict]
    // Of the connection what tells it from others: all that was known and said of it would be kept with it.
    const kept = { ...decision, connection: { tuple, original } }
    this.#keep(key, kept, isTracked ? lifetime : Math.max(untracked, lifetime))
  }

  /** How many there are. */
  get size(): number {
    return this.#remembered.size
  }

  /** For the next firewall: what was decided under this epoch. */
  left({ serial }: Epoch): readonly DecisionLeft[] {
    const now = performance.now()
    return [...this.#remembered].flatMap(([key, { decision, until }]) => {
      const { verdict, epoch, connection } = decision
      const { tuple, original } = connection
      return epoch.serial === serial && until > now
        ? [{ key, verdict, connection: { tuple, original }, milliseconds: until - now }]
        : []
    })
  }

  /** What another firewall has left. */
  takeOver(left: readonly DecisionLeft[], epoch: Epoch): void {
    for (const { key, verdict, connection, milliseconds } of left.toSorted((a, b) => a.milliseconds - b.milliseconds))
      this.#keep(key, { verdict, epoch, connection }, milliseconds, 'left')
  }

  /** Forget connections. */
  forget(is: (connection: FlowSubject) => boolean): void {
    for (const one of this.#remembered.values()) if (is(one.decision.connection)) this.#drop(one)
  }

  #keep(key: string, decision: Remembered['decision'], lifetime: number, group: number | 'left' = lifetime): void {
    const now = performance.now()
    const before = this.#remembered.get(key)
    if (before) this.#drop(before)
    const alike = this.#byLifetime.get(group) ?? new Set()
    this.#byLifetime.set(group, alike)
    const one = { key, decision, until: now + lifetime, alike }
    this.#remembered.set(key, one)
    alike.add(one)
    // What is kept for nothing is carried around by each collection of garbage.
    for (const all of this.#byLifetime.values())
      for (const oldest of all) {
        if (oldest.until > now) break
        this.#drop(oldest)
      }
    if (this.#remembered.size > this.#size) this.#drop(this.#remembered.values().next().value!)
  }

  #drop(one: Remembered): void {
    this.#remembered.delete(one.key)
    one.alike.delete(one)
  }
}
