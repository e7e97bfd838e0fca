import type { Edit } from './edit.ts'

/** Edits that may wait for an acknowledgment. */
const most = 1_024

/** An edit, and by how much bytes in front of it have moved. */
interface Placed extends Edit {
  readonly shift: number
}

/**
 * The edits of one direction, and where bytes are after them: positions as the sender counts become positions as the receiver does, and
 * back. All of the replacement belongs to the first byte replaced, so every cut of the source gives the same output.
 */
export class EditMap {
  #edits: Placed[] = []
  /** Shift of edits whose bytes were acknowledged. */
  #settled = 0
  /** Position behind the last of them. */
  #settledEnd = 0

  /** Whether so many edits wait for an acknowledgment that no more are taken: each costs memory, and time with every packet. */
  get isFull(): boolean {
    return this.#edits.length >= most
  }

  /** By how much bytes behind all edits have moved. */
  get shift(): number {
    const last = this.#edits.at(-1)
    return last === undefined ? this.#settled : last.shift + last.inserted.length - last.removed
  }

  /** Position behind the last edit. */
  get end(): number {
    const last = this.#edits.at(-1)
    return last === undefined ? 0 : last.at + last.removed
  }

  /** Add one behind all others. */
  add(edit: Edit): void {
    this.#edits.push({ at: edit.at, removed: edit.removed, inserted: edit.inserted.slice(), shift: this.shift })
  }

  /** Where a position is for the receiver; behind the replacement for one within an edit. */
  moved(position: number): number {
    const edit = this.#edits.findLast(({ at }) => at < position)
    if (edit === undefined) return position + this.#settled
    const { at, removed, inserted, shift } = edit
    return Math.max(position, at + removed) + shift + inserted.length - removed
  }

  /** What the receiver gets in place of data, from `moved(position)` on. */
  apply(position: number, data: Uint8Array): Uint8Array {
    const end = position + data.length
    const parts: Uint8Array[] = []
    let next = position
    for (const { at, removed, inserted } of this.#edits) {
      if (at + removed <= next || at >= end) continue
      if (at >= next) parts.push(data.subarray(next - position, at - position), inserted)
      next = Math.min(at + removed, end)
    }
    if (next === position) return data
    parts.push(data.subarray(next - position))
    return joined(parts)
  }

  /** The farthest position of the sender's before which the receiver, which has everything before `position`, has all. */
  original(position: number): number {
    if (this.#isSettled(position)) return Math.min(position, this.#settledEnd)
    for (const { at, inserted, shift } of this.#edits) {
      if (position < at + shift) return position - shift
      if (position < at + shift + inserted.length) return at
    }
    return position - this.shift
  }

  /** The same for the left edge of what the receiver has: the first position from which on it has all. */
  originalFrom(position: number): number {
    if (this.#isSettled(position)) return Math.min(position, this.#settledEnd)
    for (const { at, removed, inserted, shift } of this.#edits) {
      const place = at + shift
      const size = inserted.length
      if (position < place || (position === place && size > 0)) return position - shift
      if (position < place + size) return at + removed
    }
    return position - this.shift
  }

  /** The receiver has everything before a position of the sender's: edits there are not asked for again. */
  settle(acknowledged: number): void {
    while (this.#edits.length > 0) {
      const { at, removed, inserted, shift } = this.#edits[0]!
      if (at + removed > acknowledged) return
      this.#settled = shift + inserted.length - removed
      this.#settledEnd = at + removed
      this.#edits.shift()
    }
  }

  /** Whether a position of the receiver's lies before the end of settled edits: it is old news, and any old place will do. */
  #isSettled(position: number): boolean {
    return position < this.#settledEnd + this.#settled
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
