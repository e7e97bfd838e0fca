import type { Connection } from './connection.ts'
import { hashOf, sameTuple, type Tuple } from './tuple/tuple.ts'
import { zoneOf } from './zone.ts'

/** An entry, and which of its directions a tuple is. */
export interface Match {
  readonly connection: Connection
  readonly reply: boolean
}

const least = 64
/** Bits of a place's mark: it is taken, by the reply direction. */
const [taken, isReply] = [2, 1]

/**
 * Connections by the tuples of their directions. The tuples are not kept beside them, nor a text made of each: what is in a place is compared
 * with the connection there. Places are tried one after the other, and one that gets free is filled by the next that may be there.
 */
export class ByTuple {
  #connections: (Connection | undefined)[] = new Array(least)
  /** Of each place 0 where it is free, else the hash of the tuple with two bits of its own: most that is looked for is known by it. */
  #marks = new Int32Array(least)
  #size = 0

  /** Whose tuple it is in a zone. */
  get(tuple: Tuple, zone: number): Match | undefined {
    const at = this.#find(tuple, zone, markOf(tuple, zone))
    const mark = this.#marks[at]!
    return mark === 0 ? undefined : { connection: this.#connections[at]!, reply: (mark & isReply) !== 0 }
  }

  /** Put in one direction, in the place of what has its tuple. */
  set(connection: Connection, reply: boolean): void {
    if (2 * this.#size >= this.#marks.length) this.#resize(2 * this.#marks.length)
    const tuple = connection.tuple(reply)
    const zone = zoneOf(connection.zone, reply)
    const mark = markOf(tuple, zone)
    const at = this.#find(tuple, zone, mark)
    if (this.#marks[at] === 0) this.#size++
    this.#connections[at] = connection
    this.#marks[at] = reply ? mark | isReply : mark
  }

  /** Take one direction out. */
  delete(connection: Connection, reply: boolean): void {
    const tuple = connection.tuple(reply)
    const zone = zoneOf(connection.zone, reply)
    const at = this.#find(tuple, zone, markOf(tuple, zone))
    if (this.#marks[at] === 0) return
    this.#size--
    this.#vacate(at)
    const { length } = this.#marks
    if (length > least && 16 * this.#size < length) this.#resize(length / 4)
  }

  /** The place of a tuple: the one it is at, or may be put. */
  #find(tuple: Tuple, zone: number, wanted: number): number {
    const marks = this.#marks
    const last = marks.length - 1
    let at = beginOf(wanted) & last
    for (let mark = marks[at]!; mark !== 0; mark = marks[at]!) {
      if ((mark & ~isReply) === wanted) {
        const one = this.#connections[at]!
        const reply = (mark & isReply) !== 0
        if (sameTuple(one.tuple(reply), tuple) && zoneOf(one.zone, reply) === zone) return at
      }
      at = (at + 1) & last
    }
    return at
  }

  /** Empty a place: those behind it move up, as far as where their search begins. */
  #vacate(place: number): void {
    const connections = this.#connections
    const marks = this.#marks
    const last = marks.length - 1
    let free = place
    for (let at = (free + 1) & last; marks[at] !== 0; at = (at + 1) & last) {
      const begin = beginOf(marks[at]!)
      if (((at - begin) & last) < ((at - free) & last)) continue
      connections[free] = connections[at]
      marks[free] = marks[at]!
      free = at
    }
    connections[free] = undefined
    marks[free] = 0
  }

  #resize(length: number): void {
    const [connections, marks] = [this.#connections, this.#marks]
    const last = length - 1
    this.#connections = new Array(length)
    this.#marks = new Int32Array(length)
    for (let i = 0; i < marks.length; i++) {
      const mark = marks[i]!
      if (mark === 0) continue
      let at = beginOf(mark) & last
      while (this.#marks[at] !== 0) at = (at + 1) & last
      this.#connections[at] = connections[i]
      this.#marks[at] = mark
    }
  }
}

const markOf = (tuple: Tuple, zone: number): number => (hashOf(tuple, zone) | taken) & ~isReply

/** Where the search for a tuple begins, in a table of any size. */
const beginOf = (mark: number): number => mark >>> 2
