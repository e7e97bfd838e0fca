import type { Packet } from '@nfkit/nfqueue'
import { resetIn } from './reset.ts'

/** A connection that is refused while both its ends have it: the end that a refused packet was sent to must learn of it, too. */
export class Refusal {
  readonly #isDestroyed: boolean
  #isTold = false

  /** `isDestroyed`: its socket here is gone, and the kernel has sent a reset. */
  constructor(isDestroyed: boolean) {
    this.#isDestroyed = isDestroyed
  }

  /**
   * What a refused packet becomes. The first that can becomes a reset for whom it was sent to: its sender sends it again, and is refused then. `undefined`: its
   * sender is refused now. `again`: it is dropped, and its sender shall send it again in pieces, one of which can be a reset.
   */
  made(packet: Packet): Uint8Array | 'again' | undefined {
    // The kernel's own reset counts bytes that have not come there: what leaves this host tells the other end exactly.
    if (this.#isTold || (this.#isDestroyed && packet.hook !== 'output')) return undefined
    if (packet.isGso) return this.#isDestroyed ? undefined : 'again'
    const reset = resetIn(packet)
    this.#isTold = reset !== undefined
    return reset
  }
}
