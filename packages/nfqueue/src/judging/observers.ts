import { throwAside } from '@nfkit/netlink-transport'
import type { UnjudgedReason } from '../errors.ts'
import type { VerdictChanges } from '../packet/changes.ts'
import type { Packet } from '../packet/packet.ts'
import type { Settled } from '../packet/state.ts'
import type { Verdict } from '../packet/verdict.ts'

/** What becomes of a packet. */
export interface Decision {
  /** The verdict the packet gets. */
  readonly verdict: Verdict
  /** What the verdict changes, as it is sent. Empty where it changes nothing. */
  readonly changes: VerdictChanges
  /** Why the queue gave its own verdict; `undefined` where the program decided. */
  readonly unjudged: UnjudgedReason | undefined
}

/** Sees a packet and the decision on it. The packet can be read, and can no longer be judged. */
export type Observer = (packet: Packet, decision: Decision) => void

const unchanged: VerdictChanges = Object.freeze({})

/** Who sees the decisions of one queue. */
export class Observers {
  readonly #observers = new Set<Observer>()
  // Each verdict asks, and a set takes a while to say its size.
  #present = false

  /** Returns what takes it away again. */
  add(observer: Observer): () => void {
    this.#observers.add(observer)
    this.#present = true
    return () => {
      this.#observers.delete(observer)
      this.#present = this.#observers.size > 0
    }
  }

  /** Whether anybody looks: otherwise a decision need not be told. */
  get present(): boolean {
    return this.#present
  }

  tell(packet: Packet, verdict: Verdict, changes: VerdictChanges = unchanged, by: Settled): void {
    const decision: Decision = { verdict, changes, unjudged: by === 'judged' ? undefined : by }
    for (const observer of this.#observers) {
      try {
        observer(packet, decision)
      } catch (error) {
        throwAside(error)
      }
    }
  }
}
