import { markAsUntransferable } from 'node:worker_threads'
import type { Batch } from '@nfkit/netlink-transport'

/** Free slabs kept for reuse; more are left to the garbage collector. */
const kept = 4

interface Slab {
  readonly bytes: Uint8Array
  leases: number
}

/**
 * The memory datagrams are received into. Bursts fill a slab from slot to slot; it starts over when all its leases have ended,
 * and makes place for another when it is full before.
 */
export class Slabs {
  readonly slots: number
  readonly slotSize: number
  /** Of the current burst. */
  readonly spans: Int32Array
  /** One element: the slot the next burst starts at. */
  readonly cursor = new Int32Array(1)
  readonly #free: Slab[] = []
  #current: Slab

  constructor(slots: number, slotSize: number) {
    this.slots = slots
    this.slotSize = slotSize
    this.spans = new Int32Array(2 * slots)
    this.#current = this.#allocate()
  }

  get bytes(): Uint8Array {
    return this.#current.bytes
  }

  /** The burst that was just received, leased until released. */
  lease(length: number): Batch {
    const slab = this.#current
    slab.leases++
    this.cursor[0] = Math.floor((this.spans[2 * length - 2] as number) / this.slotSize) + 1
    return new Lease(slab.bytes, this.spans, length, () => {
      if (--slab.leases > 0) return
      if (slab === this.#current) this.cursor[0] = 0
      else if (this.#free.length < kept) this.#free.push(slab)
    })
  }

  /** Bytes for the next burst when the current ones are nearly used up, else `undefined`. */
  advance(): Uint8Array | undefined {
    if (this.cursor[0]! <= this.slots - this.slots / 4) return undefined
    this.#current = this.#free.pop() ?? this.#allocate()
    this.cursor[0] = 0
    return this.#current.bytes
  }

  #allocate(): Slab {
    const buffer = new ArrayBuffer(this.slots * this.slotSize)
    markAsUntransferable(buffer)
    return { bytes: new Uint8Array(buffer), leases: 0 }
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
