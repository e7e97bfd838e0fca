import { align } from '@nfkit/netlink-codec'
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
  readonly #words: Int32Array
  #used = 0
  #leases = 0
  #isForOnce = false

  constructor() {
    const memory = new ArrayBuffer(pieceSize)
    markAsUntransferable(memory)
    this.bytes = new Uint8Array(memory)
    this.#words = new Int32Array(memory)
  }

  hasRoom(length: number): boolean {
    return this.#used + length <= pieceSize
  }

  /** Copy `bytes[start, end)`, for which there is room; returns where they are. By words where that can be: `set` wants a view, one more object of each packet. */
  put(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#used
    const words = (start & 3) === 0 ? wordsOf(bytes) : undefined
    const last = (end + 3) >>> 2
    if (words === undefined || last > words.length) this.bytes.set(bytes.subarray(start, end), at)
    else for (let from = start >>> 2, to = at >>> 2; from < last; from++, to++) this.#words[to] = words[from]!
    this.#used = align(at + end - start)
    return at
  }

  /** The packet at `[start, end)` did not wait after all: where it was the newest, the next one may have its place. */
  giveBack(start: number, end: number): void {
    if (this.#used === align(end)) this.#used = start
  }

  /** One more lease keeps it. */
  kept(): this {
    this.#leases++
    return this
  }

  /** A lease has ended: with the last one the piece is empty. */
  release(): void {
    if (--this.#leases > 0 || this.#isForOnce) return
    this.#used = 0
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

/** A piece with room for a small message; `undefined` when there is no memory. */
export function pieceFor(length: number): Piece | undefined {
  if (current?.hasRoom(length)) return current
  try {
    current = spare.pop() ?? new Piece()
  } catch {
    return undefined
  }
  return current
}

/** Copy `bytes[start, end)`; `undefined` when there is no memory. */
export function copied(bytes: Uint8Array, start: number, end: number): Place | undefined {
  const length = end - start
  if (isSmall(length)) {
    const piece = pieceFor(length)
    if (piece === undefined) return undefined
    const at = piece.put(bytes, start, end)
    return { bytes: piece.bytes, start: at, end: at + length, piece }
  }
  try {
    return { bytes: bytes.slice(start, end), start: 0, end: length, piece: undefined }
  } catch {
    return undefined
  }
}

let viewed: Uint8Array | undefined
let viewedWords: Int32Array | undefined

/** What is copied from; `undefined` where words are not aligned in memory. The codec has a view of its own, of the copies. */
function wordsOf(bytes: Uint8Array): Int32Array | undefined {
  if (bytes !== viewed) {
    const { buffer, byteOffset, length } = bytes
    viewedWords = byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, length >>> 2) : undefined
    viewed = bytes
  }
  return viewedWords
}
