import type { FlowFilter } from '@nfkit/conntrack'
import type { Nftables } from '@nfkit/nftables'
import type { Layout } from '../rules/layout.ts'
import type { Epoch, EpochNumbers } from './epochs.ts'
import type { Sweep } from './sweep.ts'

/** A policy that is in force. */
export interface Reconsidered {
  /** Counts up with each change of the whole policy. */
  readonly epoch: number
  /** Whether the change had to wait until an earlier epoch's marks were swept: it came too soon after others for the bits that the mask has. */
  readonly waited: boolean
}

/** What changes of the policy need. */
export interface ChangeTerms {
  readonly nft: Nftables
  readonly layout: Layout
  readonly numbers: EpochNumbers
  readonly sweep: Sweep
  /** An epoch has begun. */
  readonly begun: () => void
  /** Sweeping failed in the background; the next change that needs it tries again. */
  readonly trouble: (error: Error) => void
}

/** Changes of the policy, one after another. */
export class PolicyChange {
  readonly #terms: ChangeTerms
  #running: Promise<Reconsidered> | undefined
  #next: Promise<Reconsidered> | undefined
  #sweeping: Promise<void> | undefined

  constructor(terms: ChangeTerms) {
    this.#terms = terms
  }

  /** Make all that was decided void. Calls that come while a change is under way are one change, behind it. */
  all(): Promise<Reconsidered> {
    if (this.#running === undefined) return this.#begin()
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.#begin()
      })
    return this.#next
  }

  /** Resolves when no change is under way. Never rejects. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running.catch(() => {})
  }

  /** Make void what was decided of connections that match. Resolves to how many there were. */
  async some(filter: FlowFilter): Promise<number> {
    const { nft, layout, sweep } = this.#terms
    // Verdicts that are given in this turn are on their way first: what they mark is found.
    await new Promise((resolve) => setTimeout(resolve))
    await nft.commit((batch) => layout.forget(batch))
    return sweep.matching(filter)
  }

  #begin(): Promise<Reconsidered> {
    const running = this.#change().finally(() => {
      this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #change(): Promise<Reconsidered> {
    const { nft, layout, numbers, begun } = this.#terms
    let waited = false
    while (numbers.next === undefined) {
      waited = true
      await this.#swept()
    }
    const { serial, number }: Epoch = numbers.next
    await nft.commit((batch) => layout.begin(batch, number))
    numbers.begin()
    begun()
    if (numbers.due !== undefined) this.#swept().catch((error: unknown) => this.#terms.trouble(error as Error))
    return { epoch: serial, waited }
  }

  /** Resolves when the number that is due is fresh again; one sweep at a time. */
  #swept(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined
    })
    return this.#sweeping
  }

  async #sweep(): Promise<void> {
    const { numbers, sweep } = this.#terms
    const { due } = numbers
    if (due === undefined) return
    await sweep.epoch(due)
    numbers.swept(due)
  }
}
