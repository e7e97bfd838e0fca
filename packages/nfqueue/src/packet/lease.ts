import type { Batch } from '@nfkit/netlink-transport'
import { copied, giveBack, isSmall, leavePiece } from './pieces.ts'

/** Takes the packets of a burst: each is `bytes[start, end)`. Returns whether its bytes are needed yet: it waits for its verdict, or is held. */
interface Taker {
  receive(bytes: Uint8Array, start: number, end: number, lease: Lease): boolean
}

/** What the packets of one burst have in common: when it was read, and its memory, kept until the last of them is judged. */
export class Lease {
  /** On the clock of `performance.now()`. */
  readonly arrivedAt: number
  /** Whether its packets have bytes of their own. */
  readonly isLoose: boolean
  // Gone with the last verdict: a program that still holds a packet does not hold the memory.
  #batch: Batch | undefined
  // One for the burst itself while it is being delivered.
  #holders = 1
  /** The burst of packets with bytes of their own. */
  #loose: Lease | undefined = undefined

  constructor(batch: Batch | undefined, arrivedAt: number = performance.now()) {
    this.arrivedAt = arrivedAt
    this.isLoose = batch === undefined
    this.#batch = batch
  }

  /**
   * Hand over one packet of the batch's bytes. A packet of a brief lease gets bytes of its own first, and a small one where small ones are to lie `apart`: one
   * that waits keeps all of its burst. It is too late for that afterwards: a program that looks at a packet before the verdict may look until the verdict.
   */
  deliver(taker: Taker, bytes: Uint8Array, start: number, end: number, apart: boolean): void {
    // When there is no memory, this lease is kept, and the transport waits until it ends.
    const own = this.#batch?.brief || (apart && isSmall(end - start)) ? copied(bytes, start, end) : undefined
    if (own === undefined) {
      taker.receive(bytes, start, end, this)
      return
    }
    this.#loose ??= new Lease(undefined, this.arrivedAt)
    if (!taker.receive(own.bytes, own.start, own.end, this.#loose)) giveBack(own)
  }

  hold(): void {
    this.#holders++
  }

  /**
   * Let go of it, and of the memory for good: the program may look at a view, and is not told that the packet was judged. So the transport
   * never reuses it, and the garbage collector takes it when the last view is gone.
   */
  abandon(): void {
    if (this.#batch) this.#batch.abandon()
    else leavePiece()
    this.#batch = undefined
    this.letGo()
  }

  letGo(): void {
    if (--this.#holders > 0) return
    this.#batch?.release()
    this.#batch = undefined
  }
}
