import { DecodeError } from '@nfkit/netlink-codec'
import { packetIdOf } from './ids.ts'
import type { Overflow } from './overflow.ts'

/** What packets nobody can read need of their queue. */
export interface UndecodableOwner {
  /** Hears of each id that came. */
  readonly overflow: Overflow
  /** There is not even an id. */
  trouble(error: DecodeError): void
  /**
   * Give the packet with this id the queue's own verdict, unless the kernel has dropped it with its queue, and say so. Throws where the
   * verdict cannot be sent.
   */
  leaveId(id: number, error: DecodeError, dropped: boolean): void
  /** Call `again` when verdicts can be sent; never when the socket is closed. */
  retry(again: () => void): void
}

/** Packets whose message makes no sense: all there is to judge them by is an id. */
export class Undecodable {
  readonly #owner: UndecodableOwner
  /** Those whose verdict waits for room in the outbox. */
  readonly #stuck = new Map<number, DecodeError>()
  #removed = false

  constructor(owner: UndecodableOwner) {
    this.#owner = owner
  }

  arrived(bytes: Uint8Array, start: number, end: number, { where, offset, reason }: DecodeError): void {
    // Where in the message it is: what lies before it in memory is nobody's business.
    const error = new DecodeError(where, offset - start, reason)
    const id = packetIdOf(bytes, start, end)
    this.#owner.overflow.missed()
    if (id === undefined) {
      this.#owner.trouble(error)
      return
    }
    this.#owner.overflow.came(id)
    this.#leave(id, error)
  }

  #leave(id: number, error: DecodeError): void {
    try {
      this.#owner.leaveId(id, error, this.#removed)
    } catch {
      this.#stuck.set(id, error)
      this.#owner.retry(() => {
        if (this.#stuck.delete(id)) this.#leave(id, error)
      })
    }
  }

  /** The queue is unbound: no verdict is given any more. */
  removed(): void {
    this.#removed = true
    for (const [id, error] of this.#stuck) this.#owner.leaveId(id, error, true)
    this.#stuck.clear()
  }
}
