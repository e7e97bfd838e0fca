import { markAsUntransferable } from 'node:worker_threads'
import { type Batch, TransportError } from '@nfkit/netlink-transport'
import { largeSlabs, type Slab, type SlabStore, smallSlabs } from './slab-store.ts'

/**
 * The memory datagrams are received into. Bursts fill a slab from slot to slot; it starts over when all its leases have ended,
 * and makes place for another when it is nearly full before.
 */
export class Slabs {
  readonly slots: number
  readonly slotSize: number
  /**
   * Offsets and lengths of the current burst; behind them the slot the next burst starts at, of the large slabs and of the small ones, and room for a double:
   * when it was received.
   */
  readonly spans: Int32Array
  readonly #arrivedAt: Float64Array
  readonly #cursorAt: number
  readonly #store: SlabStore
  /** Up to this slot there is room enough for the next burst. */
  readonly #ample: number
  #current: Slab | undefined
  /** The newest. */
  #lease: Lease

  /** `beside` others, these are the small ones. Throws `TransportError` when there is no memory. */
  constructor(slots: number, slotSize: number, beside?: Slabs) {
    this.slots = slots
    this.slotSize = slotSize
    this.#ample = Math.floor((slots * 3) / 4)
    this.spans = beside?.spans ?? new Int32Array(2 * slots + 4)
    markAsUntransferable(this.spans.buffer)
    this.#arrivedAt = new Float64Array(this.spans.buffer, 4 * (2 * slots + 2), 1)
    this.#cursorAt = beside ? 2 * slots + 1 : 2 * slots
    this.#store = beside ? smallSlabs : largeSlabs
    const slab = this.#store.take(slots * slotSize)
    this.#current = slab
    this.#lease = new Lease(this, slab)
  }

  get bytes(): Uint8Array {
    return this.#current!.bytes
  }

  /** The slot the next burst starts at. */
  get cursor(): number {
    return this.spans[this.#cursorAt]!
  }
  private set cursor(slot: number) {
    this.spans[this.#cursorAt] = slot
  }

  /** When the current burst was received, in milliseconds on the clock of `performance.now()`. */
  get arrivedAt(): number {
    return this.#arrivedAt[0]!
  }
  set arrivedAt(milliseconds: number) {
    this.#arrivedAt[0] = milliseconds
  }

  /** Whether leases keep as much as they should. */
  get isScarce(): boolean {
    return this.#store.isScarce
  }

  /** Whether there is no slot for another burst. */
  get full(): boolean {
    return this.#current !== undefined && this.cursor >= this.slots
  }

  /** The burst that was just received, leased until released. */
  lease(length: number): Batch {
    const slab = this.#current!
    slab.leases++
    this.cursor = Math.floor(this.spans[2 * length - 2]! / this.slotSize) + 1
    if (!this.#lease.isSpare) this.#lease = new Lease(this, slab)
    return this.#lease.begin(slab, length)
  }

  /** A lease has ended. */
  regain(slab: Slab): void {
    if (--slab.leases > 0) return
    if (slab !== this.#current) this.#store.regain(slab)
    else if (!slab.abandoned) this.cursor = 0
  }

  /**
   * Bytes for the next burst when the current ones are nearly used up, else `undefined`: also when there is no memory for more, and
   * the current ones have to do.
   */
  advance(): Uint8Array | undefined {
    const slab = this.#current
    if (!slab || this.cursor <= this.#ample) return undefined
    try {
      this.#current = this.#store.take(this.slots * this.slotSize)
    } catch (error) {
      if (error instanceof TransportError) return undefined
      throw error
    }
    this.#store.retire(slab)
    this.cursor = 0
    return this.#current.bytes
  }

  /** Nothing is received any more; what is leased stays until released. */
  close(): void {
    if (this.#current) this.#store.retire(this.#current)
    this.#current = undefined
  }
}

/** What it has to say is its slab's. One object for all bursts that end before the next, as those do whose packets are judged at once: objects of a burst cost a lone packet most. */
class Lease implements Batch {
  length = 0
  brief = false
  readonly #slabs: Slabs
  #slab: Slab
  #isOver = true

  /** Over already: it is to `begin`. */
  constructor(slabs: Slabs, slab: Slab) {
    this.#slabs = slabs
    this.#slab = slab
  }

  begin(slab: Slab, length: number): this {
    this.#slab = slab
    this.length = length
    this.brief = this.#slabs.isScarce
    this.#isOver = false
    return this
  }

  /** Who has abandoned it may still look. */
  get isSpare(): boolean {
    return this.#isOver && !this.#slab.abandoned
  }

  get bytes(): Uint8Array {
    return this.#slab.bytes
  }

  get spans(): Int32Array {
    return this.#slabs.spans
  }

  get arrivedAt(): number {
    return this.#slabs.arrivedAt
  }

  release(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#slabs.regain(this.#slab)
  }

  abandon(): void {
    if (this.#isOver) return
    this.#slab.abandoned = true
    this.release()
  }
}
