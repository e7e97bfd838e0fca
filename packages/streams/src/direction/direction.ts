import type { Fate } from '../fate.ts'
import { positionOf } from '../segment/sequence.ts'
import { withFirstCopies } from './first-copy.ts'
import { History } from './history.ts'
import type { DirectionLimits, DirectionOwner } from './owner.ts'
import { Waiting } from './waiting.ts'

/** The largest window there is: 65,535 shifted by 14. */
const largestWindow = 0x3fff_c000

/** How far behind the window's edge data may end: hosts before Linux 6.17 take a whole super-packet that starts within. */
const slack = 65_535

/** What of a segment counts for its direction. */
export interface Saying {
  readonly sequence: number
  /** Bytes of data. */
  readonly size: number
  readonly data: Uint8Array
  readonly fin: boolean
}

/** The bytes one end sends, put in order: what its receiver reads. Positions count from the first byte of data. */
export class Direction {
  /** Sequence number of position 0. */
  readonly origin: number
  /** Position behind the last byte read. */
  next = 0
  /** Position up to which the receiver has everything. */
  acknowledged = 0
  /** Position behind the last byte seen. A FIN counts as one. */
  sent = 0
  /** Position of the end, once everything before it was read. */
  end: number | undefined
  /** Right edge of the receiver's window; `undefined` while it has announced none. */
  #edge: number | undefined
  /** Position up to which nobody has heard the bytes. */
  #unheard = 0
  /** Position of a FIN that came before the bytes in front of it. */
  #waitingEnd: number | undefined
  readonly #limits: DirectionLimits
  readonly #owner: DirectionOwner
  readonly #waiting: Waiting
  readonly #history: History

  constructor(origin: number, limits: DirectionLimits, owner: DirectionOwner) {
    const charge = (bytes: number) => owner.charge(bytes)
    this.origin = origin
    this.#limits = limits
    this.#owner = owner
    this.#waiting = new Waiting(charge)
    this.#history = new History(limits.history, charge)
  }

  /** The position of a sequence number near what was read. */
  positionOf(sequence: number): number {
    return positionOf(sequence, this.origin, this.next)
  }

  /** Right edge of the receiver's window. */
  get edge(): number {
    return this.#edge ?? this.next + largestWindow
  }

  /** Read data, or a FIN, or both. Returns what becomes of the segment, or the data that must go on in place of its own. */
  take(saying: Saying): Fate | Uint8Array {
    const { size, fin } = saying
    if (size === 0 && !fin) return 'empty'
    const start = this.positionOf(saying.sequence)
    const end = start + size
    if (start > this.edge || end > this.edge + slack) return 'outsideWindow'
    if (size === 0) return this.#finish(start)
    if (start !== this.next || this.#waiting.count > 0) return this.#compare(start, saying.data, fin)
    if (this.#contradictsEnd(end, fin)) return 'afterEnd'
    if (this.#owner.isHeard) return this.#place(start, saying.data, fin)
    this.#pass(end)
    this.#drain()
    // The end may have waited for these.
    return fin && this.end !== end ? this.#finish(end) : 'read'
  }

  /** Pass over the next bytes, which nobody hears. Returns `false`, and has done nothing, where they are not the next, or not all that matters. */
  passInOrder(sequence: number, size: number): boolean {
    const { next } = this
    const end = next + size
    if (sequence !== ((this.origin + next) | 0) || next > this.edge || end > this.edge + slack) return false
    if (this.end !== undefined || this.#waitingEnd !== undefined || this.#waiting.count > 0) return false
    this.#pass(end)
    return true
  }

  /** Read data some of which may have come before. */
  #compare(start: number, data: Uint8Array, fin: boolean): Fate | Uint8Array {
    const end = start + data.length
    // What it says again is the receiver's; that it ends there may be new.
    if (end <= this.acknowledged) return fin ? this.#finish(end) : 'repeated'
    if (this.#contradictsEnd(end, fin)) return 'afterEnd'
    if (Math.max(start, this.acknowledged, this.#unheard) < this.#history.start) return 'forgotten'
    const mended = withFirstCopies(start, data, [this.#history, this.#waiting])
    if (mended !== data && this.#limits.differing === 'drop') return 'differs'
    const fate = this.#place(start, mended, fin)
    return mended === data || (fate !== 'read' && fate !== 'repeated') ? fate : mended
  }

  /** Whether data up to a position, or an end there, is not what the end says that has come. */
  #contradictsEnd(position: number, fin: boolean): boolean {
    const known = this.end ?? this.#waitingEnd
    return known !== undefined && (fin ? position !== known : position > known)
  }

  /** Read what is new of data that says nothing else than what came before. */
  #place(start: number, data: Uint8Array, fin: boolean): Fate {
    const end = start + data.length
    if (fin && end < Math.max(this.next, this.#waiting.end)) return 'afterEnd'
    if (start > this.next) return this.#wait(start, data, fin)
    const fresh = end > this.next
    if (fresh) {
      this.#say(data.subarray(this.next - start))
      this.#drain()
    }
    if (fin && this.end !== end) return this.#finish(end)
    return fresh ? 'read' : 'repeated'
  }

  #wait(start: number, data: Uint8Array, fin: boolean): Fate {
    const waiting = this.#waiting
    const added = waiting.add(start, data)
    this.sent = Math.max(this.sent, start + data.length)
    const full = waiting.bytes > this.#limits.waitingBytes || waiting.count > this.#limits.waitingPieces
    if (full) return 'gaveUp'
    if (fin) return this.#finish(start + data.length)
    return added > 0 ? 'read' : 'repeated'
  }

  #say(data: Uint8Array): void {
    const at = this.next
    if (this.#owner.isHeard) this.#history.add(data)
    this.#pass(at + data.length)
    this.#owner.said(data, at)
  }

  /** Bytes up to a position were read, or nobody wanted to read them. */
  #pass(end: number): void {
    this.next = end
    if (end > this.sent) this.sent = end
    if (this.#owner.isHeard) return
    this.#unheard = end
    this.#history.skip(end)
  }

  /** Read what waited for the bytes that have come. */
  #drain(): void {
    if (this.#waiting.count > 0) {
      for (let more = this.#waiting.take(this.next); more; more = this.#waiting.take(this.next)) this.#say(more)
    }
    if (this.#waitingEnd === this.next) this.#finish(this.next)
  }

  #finish(position: number): Fate {
    if (position === this.end) return 'repeated'
    // Of what is not acknowledged the receiver may have nothing, and take it for the end.
    if (position < this.next) return position < this.acknowledged ? 'repeated' : 'afterEnd'
    if (this.#contradictsEnd(position, true)) return 'afterEnd'
    this.sent = Math.max(this.sent, position + 1)
    if (position > this.next) {
      if (this.#waiting.end > position) return 'afterEnd'
      this.#waitingEnd = position
      return 'read'
    }
    this.end = position
    this.#waiting.clear() // as a host does with what waits behind the end
    this.#owner.ended()
    return 'read'
  }

  /** The receiver has everything before a position, and takes bytes up to `edge`. */
  acknowledge(position: number, edge: number): void {
    this.#edge = Math.max(this.#edge ?? edge, edge)
    if (position <= this.acknowledged) return
    this.sent = Math.max(this.sent, position)
    if (position > this.next && this.end === undefined) this.#passOver(position)
    this.acknowledged = Math.min(position, this.next)
    this.#history.forget(this.acknowledged)
  }

  /** The receiver has read up to `position`: what of that did not come by here is missed. */
  #passOver(position: number): void {
    const target = this.#waitingEnd === position - 1 ? position - 1 : position
    while (this.next < target) {
      const until = Math.min(target, this.#waiting.start)
      if (until > this.next) {
        this.#owner.missed(this.next, until)
        this.next = until
        this.#history.skip(until)
      }
      this.#drain()
    }
  }

  /** Nothing more is read: memory goes. */
  close(): void {
    this.#waiting.clear()
    this.#history.clear()
  }
}
