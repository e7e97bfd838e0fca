import { markAsUntransferable } from 'node:worker_threads'
import type { Batch } from '@nfkit/netlink-transport'

interface Slab {
  readonly bytes: Uint8Array
  leases: number
}

/** Slabs of this thread that nobody uses, by size: making one costs as much as receiving hundreds of datagrams. */
const spare = new Map<number, Slab[]>()

/** Spare slabs of one size that are kept; more are left to the garbage collector. */
const kept = 4

function take(size: number): Slab {
  const slab = spare.get(size)?.pop()
  if (slab) return slab
  const buffer = new ArrayBuffer(size)
  markAsUntransferable(buffer)
  return { bytes: new Uint8Array(buffer), leases: 0 }
}

function give(slab: Slab): void {
  const size = slab.bytes.length
  const slabs = spare.get(size)
  if (!slabs) spare.set(size, [slab])
  else if (slabs.length < kept) slabs.push(slab)
}

/**
 * The memory datagrams are received into. Bursts fill a slab from slot to slot; it starts over when all its leases have ended,
 * and makes place for another when it is nearly full before.
 */
export class Slabs {
  readonly slots: number
  readonly slotSize: number
  /** Offsets and lengths of the current burst; the last element is the slot the next burst starts at. */
  readonly spans: Int32Array
  #current: Slab | undefined

  constructor(slots: number, slotSize: number) {
    this.slots = slots
    this.slotSize = slotSize
    this.spans = new Int32Array(2 * slots + 1)
    markAsUntransferable(this.spans.buffer)
    this.#current = take(slots * slotSize)
  }

  get bytes(): Uint8Array {
    return this.#current!.bytes
  }

  /** The slot the next burst starts at. */
  get cursor(): number {
    return this.spans[2 * this.slots]!
  }
  private set cursor(slot: number) {
    this.spans[2 * this.slots] = slot
  }

  /** The burst that was just received, leased until released. */
  lease(length: number): Batch {
    const slab = this.#current!
    slab.leases++
    this.cursor = Math.floor(this.spans[2 * length - 2]! / this.slotSize) + 1
    return new Lease(slab.bytes, this.spans, length, () => {
      if (--slab.leases > 0) return
      if (slab === this.#current) this.cursor = 0
      else give(slab)
    })
  }

  /** Bytes for the next burst when the current ones are nearly used up, else `undefined`. */
  advance(): Uint8Array | undefined {
    if (!this.#current || this.cursor <= this.slots - this.slots / 4) return undefined
    this.#current = take(this.slots * this.slotSize)
    this.cursor = 0
    return this.#current.bytes
  }

  /** Nothing is received any more; what is leased stays until released. */
  close(): void {
    if (this.#current?.leases === 0) give(this.#current)
    this.#current = undefined
  }
}

class Lease implements Batch {
  readonly bytes: Uint8Array
  readonly spans: Int32Array
  readonly length: number
  #end: (() => void) | undefined

  constructor(bytes: Uint8Array, spans: Int32Array, length: number, end: () => void) {
    this.bytes = bytes
    this.spans = spans
    this.length = length
    this.#end = end
  }

  release(): void {
    this.#end?.()
    this.#end = undefined
  }
}
