import type { ConnectionVerdict } from './verdict.ts'

/** A packet that was put aside until there is a verdict for it. */
export interface Aside {
  /** Position behind its data: everything up to here must have been read before it can go on. */
  readonly end: number
  /** Judge it. */
  release(verdict: ConnectionVerdict): void
}

/** Who has packets aside. */
export interface Holder {
  /** Let all of them go: there is no room. */
  yield(): void
}

/** Room for packets that are put aside: who needs some when there is none gets that of whoever has waited longest. */
export class Share {
  readonly #limit: number
  readonly #holders = new Set<Holder>()
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Packets that are aside. */
  get used(): number {
    return this.#used
  }

  /** Take room for one packet. `false` when the holder itself has waited longest, and has lost what it had. */
  take(holder: Holder): boolean {
    while (this.#used >= this.#limit) {
      const [oldest] = this.#holders
      if (oldest === undefined) return false
      oldest.yield()
      if (oldest === holder) return false
    }
    this.#holders.add(holder)
    this.#used++
    return true
  }

  /** Packets of a holder have gone on: all of them, or some. */
  give(holder: Holder, packets: number, all = true): void {
    this.#used -= packets
    if (all) this.#holders.delete(holder)
  }
}
