/** What waits for its other half. */
export interface Waiting<T> {
  readonly identity: number
  readonly since: number
  readonly what: T
}

/** Halves that wait, by identity and in the order they came; the oldest go first, by time and by number. */
export class WaitingRoom<T> {
  readonly #limit: number
  readonly #patience: number
  readonly #left: (waiting: Waiting<T>) => void
  readonly #byIdentity = new Map<number, Waiting<T>[]>()
  readonly #all = new Set<Waiting<T>>()

  /** At most `limit` wait, `patience` milliseconds each; `left` is called with each that goes without its other half. */
  constructor(limit: number, patience: number, left: (waiting: Waiting<T>) => void) {
    this.#limit = limit
    this.#patience = patience
    this.#left = left
  }

  get size(): number {
    return this.#all.size
  }

  enter(identity: number, what: T, now: number): void {
    const waiting = { identity, since: now, what }
    const same = this.#byIdentity.get(identity)
    if (same) same.push(waiting)
    else this.#byIdentity.set(identity, [waiting])
    this.#all.add(waiting)
    this.tidy(now)
  }

  /** All that wait under this identity, oldest first. */
  at(identity: number): readonly Waiting<T>[] {
    return this.#byIdentity.get(identity) ?? []
  }

  leave(waiting: Waiting<T>): void {
    this.#all.delete(waiting)
    const same = this.#byIdentity.get(waiting.identity) ?? []
    if (same.length <= 1) this.#byIdentity.delete(waiting.identity)
    else same.splice(same.indexOf(waiting), 1)
  }

  /** Have those go that have waited too long, or are too many. */
  tidy(now: number): void {
    for (const waiting of this.#all) {
      if (this.#all.size <= this.#limit && now - waiting.since <= this.#patience) return
      this.leave(waiting)
      this.#left(waiting)
    }
  }
}
