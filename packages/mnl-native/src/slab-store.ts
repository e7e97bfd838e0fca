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

/** Unused slabs of this thread, by size: making one costs as much as receiving hundreds of datagrams. */
const spare = new Map<number, Slab[]>()

/**
 * Retired slabs of this thread that may be kept by leases, and spare ones of one size: what packets need that are judged a few turns
 * of the event loop later. The sender of packets chooses which of them take long, so there is a limit.
 */
const kept = 4

let leased = 0

/** Leases that were never ended, and are not there any more. */
const forgotten = new FinalizationRegistry(() => {
  leased--
})

/** Whether leases keep as many retired slabs as they should. */
export const isScarce = (): boolean => leased >= kept

/** Throws `TransportError` (`mmap`, ENOMEM). */
export function takeSlab(size: number): Slab {
  const slab = spare.get(size)?.pop()
  if (slab) return slab
  const buffer = allocated(size)
  markAsUntransferable(buffer)
  return { bytes: new Uint8Array(buffer), leases: 0, abandoned: false }
}

/** No more bursts go there: it is free once its leases end. */
export function retireSlab(slab: Slab): void {
  if (slab.leases === 0) {
    give(slab)
    return
  }
  leased++
  forgotten.register(slab, undefined, slab)
}

/** The last lease of a retired slab has ended. */
export function regainSlab(slab: Slab): void {
  leased--
  forgotten.unregister(slab)
  give(slab)
}

function give(slab: Slab): void {
  if (slab.abandoned) return
  const size = slab.bytes.length
  const slabs = spare.get(size)
  if (!slabs) spare.set(size, [slab])
  else if (slabs.length < kept) slabs.push(slab)
}

/** V8 has collected garbage before it says that there is none. */
function allocated(size: number): ArrayBuffer {
  try {
    return new ArrayBuffer(size)
  } catch {
    throw new TransportError('mmap', constants.errno.ENOMEM)
  }
}
