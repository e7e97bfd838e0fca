import type { Batch } from '@nfkit/netlink-transport'
import { markAsUntransferable } from '../platform.ts'

/**
 * Bytes of memory for packets that wait for long, apart from the burst they came in. Having memory costs a microsecond, so that small ones share a piece
 * of it, and pieces are used again; it is small too, for the packet that waits longest keeps all of it.
 */
const pieceSize = 1024

/** Unused pieces that are kept: a megabyte of them. */
const mostSpare = 1_024
const spare: Piece[] = []

/** Where the next packet goes. */
let current: Piece | undefined

/** A piece of memory, which leases of its packets keep. */
export class Piece implements Pick<Batch, 'release' | 'abandon'> {
  readonly bytes: Uint8Array
  used = 0
  leases = 0
  #isForOnce = false

  constructor() {
    const memory = new ArrayBuffer(pieceSize)
    markAsUntransferable(memory)
    this.bytes = new Uint8Array(memory)
  }

  /** One more lease keeps it. */
  kept(): this {
    this.leases++
    return this
  }

  /** A lease has ended: with the last one the piece is empty. */
  release(): void {
    if (--this.leases > 0 || this.#isForOnce) return
    this.used = 0
    if (this !== current && spare.length < mostSpare) spare.push(this)
  }

  /** A packet in it is to be read for ever: it is not used again, but it may be filled. */
  keep(): void {
    this.#isForOnce = true
  }

  /** The program may yet look at a packet whose place was given back, and does not tell when that ends: nothing is copied there any more. */
  abandon(): void {
    this.#isForOnce = true
    if (this === current) current = undefined
    this.release()
  }
}

/** Where a packet lies among `bytes`. */
export interface Place {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** That these are of; `undefined` where they are the packet's alone. */
  readonly piece: Piece | undefined
}

/** Whether packets of such messages share pieces. */
export const isSmall = (length: number): boolean => length <= pieceSize / 2

/** Beyond so many bytes a message is large: one costs several microseconds, and memory that such a burst lies in is megabytes. */
const largeSize = 2_112

/** Whether a burst holds large messages. */
export function holdsLarge({ spans, length }: Batch): boolean {
  for (let i = 0; i < length; i++) if (spans[2 * i + 1]! > largeSize) return true
  return false
}

/** Copy `bytes[start, end)`; `undefined` when there is no memory. */
export function copied(bytes: Uint8Array, start: number, end: number): Place | undefined {
  const length = end - start
  try {
    if (!isSmall(length)) return { bytes: bytes.slice(start, end), start: 0, end: length, piece: undefined }
    if (current === undefined || current.used + length > pieceSize) current = spare.pop() ?? new Piece()
  } catch {
    return undefined
  }
  const piece = current
  const place = { bytes: piece.bytes, start: piece.used, end: piece.used + length, piece }
  piece.bytes.set(bytes.subarray(start, end), piece.used)
  piece.used = after(place)
  return place
}

/** The packet did not wait after all: the next one may have its place. */
export function giveBack(place: Place): void {
  const { piece } = place
  if (piece !== undefined && piece.used === after(place)) piece.used = place.start
}

/** Messages begin at multiples of four. */
const after = ({ end }: Place): number => (end + 3) & ~3
