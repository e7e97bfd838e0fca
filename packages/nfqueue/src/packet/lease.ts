import type { Batch } from '@nfkit/netlink-transport'
import { copied, isSmall, Piece, pieceFor } from './pieces.ts'

/** Takes the packets of a burst: each is `bytes[start, end)`. Returns whether its bytes are needed yet: it waits for its verdict, or is held. */
interface Taker {
  receive(bytes: Uint8Array, start: number, end: number, lease: Lease): boolean
}

/** Memory that is kept. */
type Memory = Pick<Batch, 'release' | 'abandon'> & { readonly brief?: boolean }

/** What the packets of one burst have in common: when it was read, and its memory, kept until the last of them is judged. */
export class Lease {
  /** On the clock of `performance.now()`. */
  readonly arrivedAt: number
  /** Whether its packets lie apart from their burst. */
  readonly isApart: boolean
  // Gone with the last verdict: a program that still holds a packet does not hold the memory.
  #memory: Memory | undefined
  // One for the burst itself while it is being delivered.
  #holders = 1
  /** Of the burst's packets that lie in the piece that was copied to last, or have bytes of their own. */
  #apart: Lease | undefined = undefined
  #piece: Piece | undefined = undefined

  constructor(memory: Memory | undefined, arrivedAt: number = performance.now()) {
    this.arrivedAt = arrivedAt
    this.isApart = memory === undefined || memory instanceof Piece
    this.#memory = memory
  }

  /**
   * Hand over one packet of the batch's bytes. A packet of a brief lease gets bytes of its own first, and a small one where small ones are to lie `apart`: one
   * that waits keeps all of its burst. It is too late for that afterwards: a program that looks at a packet before the verdict may look until the verdict.
   */
  deliver(taker: Taker, bytes: Uint8Array, start: number, end: number, apart: boolean): void {
    if (this.#memory?.brief || (apart && isSmall(end - start))) this.#deliverApart(taker, bytes, start, end)
    else taker.receive(bytes, start, end, this)
  }

  /** The burst was delivered: only its packets that wait keep memory now. */
  delivered(): void {
    this.#apart?.letGo()
    this.letGo()
  }

  hold(): void {
    this.#holders++
  }

  /** Of one that lies apart: its bytes are to stay as they are for ever. */
  keep(): void {
    if (this.#memory instanceof Piece) this.#memory.keep()
  }

  /**
   * Let go of it, and of the memory for good: the program may look at a view, and is not told that the packet was judged. So nothing is ever put there
   * again, and the garbage collector takes it when the last view is gone.
   */
  abandon(): void {
    this.#memory?.abandon()
    this.#memory = undefined
    this.letGo()
  }

  letGo(): void {
    if (--this.#holders > 0) return
    this.#memory?.release()
    this.#memory = undefined
  }

  #deliverApart(taker: Taker, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    const piece = isSmall(length) ? pieceFor(length) : undefined
    if (piece !== undefined) {
      const at = piece.put(bytes, start, end)
      if (!taker.receive(piece.bytes, at, at + length, this.#leaseOf(piece))) piece.giveBack(at, at + length)
      return
    }
    const own = copied(bytes, start, end)
    // When there is no memory, this lease is kept, and the transport waits until it ends.
    if (own === undefined) taker.receive(bytes, start, end, this)
    else taker.receive(own.bytes, own.start, own.end, this.#leaseOf(own.piece))
  }

  #leaseOf(piece: Piece | undefined): Lease {
    if (this.#apart === undefined || piece !== this.#piece) {
      this.#apart?.letGo()
      this.#apart = new Lease(piece?.kept(), this.arrivedAt)
      this.#piece = piece
    }
    return this.#apart
  }
}
