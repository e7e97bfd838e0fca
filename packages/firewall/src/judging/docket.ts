import type { Case } from './case.ts'

/** Connections whose judge has not answered. */
export class Docket {
  readonly #size: number
  readonly #cases = new Map<string, Case>()
  /** Of packets that belong to no connection: each is judged for itself. */
  readonly #alone = new Set<Case>()

  /** For so many. */
  constructor(size: number) {
    this.#size = size
  }

  /** How many there are. */
  get size(): number {
    return this.#cases.size + this.#alone.size
  }

  /** All of them, as they are now. */
  get all(): readonly Case[] {
    return [...this.#cases.values(), ...this.#alone]
  }

  /** The one of a connection. */
  find(key: string | undefined): Case | undefined {
    return key === undefined ? undefined : this.#cases.get(key)
  }

  add(one: Case): void {
    if (one.key === undefined) this.#alone.add(one)
    else this.#cases.set(one.key, one)
  }

  /** It waits for no answer any more. */
  close(one: Case): void {
    one.end()
    if (one.key === undefined) this.#alone.delete(one)
    else if (this.#cases.get(one.key) === one) this.#cases.delete(one.key)
  }

  /** Whether there is room for one more: where there is none, one of which no packet waits makes it. */
  makeRoom(): boolean {
    if (this.size < this.#size) return true
    const idle = this.all.find((one) => one.waiting.length === 0 && !one.isOverheard)
    if (idle === undefined) return false
    this.close(idle)
    return true
  }
}
