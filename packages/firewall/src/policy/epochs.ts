/** Which policy a decision was made under. */
export interface Epoch {
  /** Counts up with each change of the policy, and never wraps. */
  readonly serial: number
  /** What stands for it in marks; used again later. */
  readonly number: number
}

/** Numbers of epochs, as one firewall leaves them to the next: plain data. */
export interface EpochsLeft {
  /** The epoch in force: how often the policy has changed, and the number in marks. */
  readonly current: { readonly serial: number; readonly number: number }
  /** Numbers that no connection has. */
  readonly fresh: readonly number[]
  /** Numbers of epochs that are over, and not swept yet: oldest first. */
  readonly alive: readonly number[]
}

/**
 * The numbers that stand for epochs in marks. A number is fresh when no connection has it, and alive from its epoch on until its marks were
 * swept: only fresh ones begin an epoch.
 */
export class EpochNumbers {
  #current: Epoch
  readonly #fresh: number[]
  /** Those that are over and not swept yet, oldest first. */
  readonly #alive: number[]

  /** Of `count` numbers, all of them fresh; 0 begins. Or as another firewall has left them. */
  constructor(count: number, left?: EpochsLeft) {
    this.#current = left?.current ?? { serial: 0, number: 0 }
    this.#fresh = [...(left?.fresh ?? Array.from({ length: count - 1 }, (_, i) => 1 + i))]
    this.#alive = [...(left?.alive ?? [])]
  }

  /** For the next firewall. */
  get left(): EpochsLeft {
    return { current: this.#current, fresh: [...this.#fresh], alive: [...this.#alive] }
  }

  /** The epoch that decisions are made under. */
  get current(): Epoch {
    return this.#current
  }

  /** The epoch that would be next; `undefined` while none of its numbers is fresh. */
  get next(): Epoch | undefined {
    const [number] = this.#fresh
    return number === undefined ? undefined : { serial: this.#current.serial + 1, number }
  }

  /** The number whose marks are to be swept next, once fresh ones run out; `undefined` while there are some, or none is over. */
  get due(): number | undefined {
    return this.#fresh.length > 0 ? undefined : this.#alive[0]
  }

  /** `next` has begun. */
  begin(): void {
    const { next } = this
    if (next === undefined) throw new Error('no number is fresh: sweep one first')
    this.#fresh.shift()
    this.#alive.push(this.#current.number)
    this.#current = next
  }

  /** No connection has the number any more. */
  swept(number: number): void {
    const at = this.#alive.indexOf(number)
    if (at < 0) return
    this.#alive.splice(at, 1)
    this.#fresh.push(number)
  }
}
