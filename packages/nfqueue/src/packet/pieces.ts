import type { Batch } from '@nfkit/netlink-transport'
import { markAsUntransferable } from '../platform.ts'

/**
 * Memory for packets that wait for long, apart from the burst they came in. Having memory costs a microsecond, so that small ones share
 * a piece of it; it is small too, for the packet that waits longest keeps all of it.
 */
const pieceSize = 1024

let piece: Uint8Array | undefined
let used = 0

/** Where a packet lies among `bytes`. */
export interface Place {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
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
    if (!isSmall(length)) return { bytes: bytes.slice(start, end), start: 0, end: length }
    if (piece === undefined || used + length > pieceSize) {
      const memory = new ArrayBuffer(pieceSize)
      markAsUntransferable(memory)
      piece = new Uint8Array(memory)
      used = 0
    }
  } catch {
    return undefined
  }
  const place = { bytes: piece, start: used, end: used + length }
  piece.set(bytes.subarray(start, end), used)
  used = after(place)
  return place
}

/** The packet did not wait after all: the next one may have its place. */
export function giveBack(place: Place): void {
  if (place.bytes === piece && used === after(place)) used = place.start
}

/** The program may yet look at what was given back: nothing is copied there any more. */
export function leavePiece(): void {
  piece = undefined
}

/** Messages begin at multiples of four. */
const after = ({ end }: Place): number => (end + 3) & ~3
