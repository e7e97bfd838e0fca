import type { Batch } from '@nfkit/netlink-transport'

/** One burst's memory, kept until the last packet in it is judged. */
export class Lease {
  readonly #batch: Batch
  // One for the burst itself while it is being delivered.
  #holders = 1

  constructor(batch: Batch) {
    this.#batch = batch
  }

  hold(): void {
    this.#holders++
  }

  letGo(): void {
    if (--this.#holders === 0) this.#batch.release()
  }
}
