import type { Batch } from '@nfkit/netlink-transport'
import { type Memory, Own } from './memory.ts'
import { isSmall, type Piece, pieceFor } from './pieces.ts'

/** Takes the packets of a burst: each is `memory.bytes[start, end)`. Returns whether its bytes are needed there yet. */
interface Taker {
  receive(memory: Memory, start: number, end: number, burst: Burst): boolean
}

/** Beyond so many bytes a message is large: one costs several microseconds, and memory that such a burst lies in is megabytes. */
const largeSize = 2_112

/** Whether a burst holds large messages. */
export function holdsLarge({ spans, length }: Batch): boolean {
  for (let i = 0; i < length; i++) if (spans[2 * i + 1]! > largeSize) return true
  return false
}

const nothing = new Uint8Array(0)

/** What the packets have in common that were read together: when that was, and the batch's memory, kept until the last of them is judged that lies there. */
export class Burst implements Memory {
  /** On the clock of `performance.now()`. */
  readonly arrivedAt: number
  // Gone with the last verdict: a program that still holds a packet does not hold the memory.
  bytes: Uint8Array
  #batch: Batch | undefined
  // One for the burst itself while it is being delivered.
  #holders = 1

  constructor(batch: Batch) {
    this.arrivedAt = batch.arrivedAt ?? performance.now()
    this.bytes = batch.bytes
    this.#batch = batch
  }

  get words(): Int32Array | undefined {
    return wordsOf(this.bytes)
  }

  /**
   * Hand over one packet of the batch. Where that is brief it gets memory of its own first, and so does a small one where small ones are to lie `apart`: one
   * that waits keeps all of its burst. It is too late for that afterwards: a program that looks at a packet before the verdict may look until the verdict.
   */
  deliver(taker: Taker, start: number, end: number, apart: boolean): void {
    if (apart || this.#batch?.brief) this.#deliverApart(taker, start, end)
    else taker.receive(this, start, end, this)
  }

  hold(): void {
    this.#holders++
  }

  letGo(): void {
    if (--this.#holders > 0) return
    this.bytes = nothing
    this.#batch?.release()
    this.#batch = undefined
  }

  abandon(): void {
    this.#batch?.abandon()
    this.#batch = undefined
    this.letGo()
  }

  #deliverApart(taker: Taker, start: number, end: number): void {
    const length = end - start
    if (isSmall(length)) {
      const piece = pieceFor(length)
      if (piece !== undefined) {
        this.#deliverIn(piece, taker, start, end)
        return
      }
    } else if (this.#batch?.brief) {
      const own = Own.ifPossible(this.bytes, start, end)
      if (own !== undefined) {
        taker.receive(own, 0, length, this)
        return
      }
    }
    // When there is no memory, the batch is kept, and the transport waits until that ends.
    taker.receive(this, start, end, this)
  }

  #deliverIn(piece: Piece, taker: Taker, start: number, end: number): void {
    const at = piece.put(this, start, end)
    const to = at + end - start
    piece.hold()
    try {
      if (!taker.receive(piece, at, to, this)) piece.giveBack(at, to)
    } finally {
      piece.letGo()
    }
  }
}

let viewed: Uint8Array = nothing
let viewedWords: Int32Array | undefined

/** The same in words; `undefined` where they are not aligned in memory. One burst lies where the one before it lay, mostly. */
function wordsOf(bytes: Uint8Array): Int32Array | undefined {
  if (bytes !== viewed) {
    const { buffer, byteOffset, length } = bytes
    viewedWords = byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, length >>> 2) : undefined
    viewed = bytes
  }
  return viewedWords
}
