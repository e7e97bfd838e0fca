import type { Batch } from '@nfkit/netlink-transport'

/** What the packets of one burst have in common: when it was read, and its memory, kept until the last of them is judged. */
export class Burst {
  /** On the clock of `performance.now()`. */
  readonly arrivedAt = performance.now()
  // Gone with the last verdict: whoever still holds a packet does not hold the memory.
  #batch: Batch | undefined
  // One for the burst itself while it is being delivered.
  #holders = 1

  constructor(batch: Batch) {
    this.#batch = batch
  }

  hold(): void {
    this.#holders++
  }

  /**
   * Let go of it, and of the memory for good: somebody may look at a view, who is not told that the packet was judged. So the transport
   * never reuses it, and the garbage collector takes it when the last view is gone.
   */
  abandon(): void {
    this.#batch = undefined
    this.letGo()
  }

  letGo(): void {
    if (--this.#holders > 0) return
    this.#batch?.release()
    this.#batch = undefined
  }
}
