import { constants } from 'node:os'
import { markAsUntransferable } from 'node:worker_threads'
import { TransportError } from '@nfkit/netlink-transport'

/** Memory for the datagrams of some bursts. */
export interface Slab {
  readonly bytes: Uint8Array
  leases: number
  /** The program may still look at it, and does not tell when that ends: never received into again. */
  abandoned: boolean
}

/**
 * Retired slabs of this thread that may be kept by leases, and spare ones of one size: what packets need that are judged a few turns
 * of the event loop later. The sender of packets chooses which of them take long, so there is a limit.
 */
const kept = 4

/** Slabs of this thread that nothing is received into now. */
export class SlabStore {
  /** Unused slabs, by size: making one costs as much as receiving hundreds of datagrams. */
  readonly #spare = new Map<number, Slab[]>()
  #leased = 0
  /** Leases that were never ended, and are not there any more. */
  readonly #forgotten = new FinalizationRegistry(() => {
    this.#leased--
  })

  /** Whether leases keep as many retired slabs as they should. */
  get isScarce(): boolean {
    return this.#leased >= kept
  }

  /** Throws `TransportError` (`mmap`, ENOMEM). */
  take(size: number): Slab {
    const slab = this.#spare.get(size)?.pop()
    if (slab) return slab
    const buffer = allocated(size)
    markAsUntransferable(buffer)
    return { bytes: new Uint8Array(buffer), leases: 0, abandoned: false }
  }

  /** No more bursts go there: it is free once its leases end. */
  retire(slab: Slab): void {
    if (slab.leases === 0) {
      this.#give(slab)
      return
    }
    this.#leased++
    this.#forgotten.register(slab, undefined, slab)
  }

  /** The last lease of a retired slab has ended. */
  regain(slab: Slab): void {
    this.#leased--
    this.#forgotten.unregister(slab)
    this.#give(slab)
  }

  #give(slab: Slab): void {
    if (slab.abandoned) return
    const size = slab.bytes.length
    const slabs = this.#spare.get(size)
    if (!slabs) this.#spare.set(size, [slab])
    else if (slabs.length < kept) slabs.push(slab)
  }
}

/** For bursts with a long datagram: megabytes each. */
export const largeSlabs = new SlabStore()
/** For bursts of short ones. */
export const smallSlabs = new SlabStore()

/** V8 has collected garbage before it says that there is none. */
function allocated(size: number): ArrayBuffer {
  try {
    return new ArrayBuffer(size)
  } catch {
    throw new TransportError('mmap', constants.errno.ENOMEM)
  }
}
