import type { Connection } from './connection.ts'
import { hashOf, sameTuple, type Tuple } from './tuple.ts'
import { zoneOf } from './zone.ts'

/** An entry, and which of its directions a tuple is. */
export interface Match {
  readonly connection: Connection
  readonly reply: boolean
}

const least = 64

/**
 * Connections by the tuples of their directions. The tuples are not kept beside them, nor a text made of each: what is in a place is compared
 * with the connection there. Places are tried one after the other, and one that gets free is filled by the next that may be there.
 */
export class TupleIndex {
  #connections: (Connection | undefined)[] = new Array(least)
  /** Hashes of the tuples, without their lowest bit: that says which direction it is. */
  #hashes = new Int32Array(least)
  #size = 0

  /** Whose tuple it is in a zone. */
  get(tuple: Tuple, zone: number): Match | undefined {
    const at = this.#find(tuple, zone, hashOf(tuple, zone) & ~1)
    const connection = this.#connections[at]
    return connection && { connection, reply: (this.#hashes[at]! & 1) === 1 }
  }

  /** Put in one direction, in the place of what has its tuple. */
  set(connection: Connection, reply: boolean): void {
    if (2 * this.#size >= this.#connections.length) this.#resize(2 * this.#connections.length)
    const tuple = reply ? connection.reply : connection.original
    const zone = zoneOf(connection.zone, reply)
    const hash = hashOf(tuple, zone) & ~1
    const at = this.#find(tuple, zone, hash)
    if (this.#connections[at] === undefined) this.#size++
    this.#connections[at] = connection
    this.#hashes[at] = hash | Number(reply)
  }

  /** Take one direction out. */
  delete(connection: Connection, reply: boolean): void {
    const tuple = reply ? connection.reply : connection.original
    const zone = zoneOf(connection.zone, reply)
    const at = this.#find(tuple, zone, hashOf(tuple, zone) & ~1)
    if (this.#connections[at] === undefined) return
    this.#size--
    this.#vacate(at)
    const { length } = this.#connections
    if (length > least && 16 * this.#size < length) this.#resize(length / 4)
  }

  /** The place of a tuple: the one it is at, or may be put. */
  #find(tuple: Tuple, zone: number, hash: number): number {
    const connections = this.#connections
    const hashes = this.#hashes
    const mask = connections.length - 1
    let at = (hash >>> 1) & mask
    for (let one = connections[at]; one; one = connections[at]) {
      const found = hashes[at]!
      if ((found & ~1) === hash) {
        const reply = (found & 1) === 1
        if (sameTuple(reply ? one.reply : one.original, tuple) && zoneOf(one.zone, reply) === zone) return at
      }
      at = (at + 1) & mask
    }
    return at
  }

  /** Empty a place: those behind it move up, as far as where their search begins. */
  #vacate(place: number): void {
    const connections = this.#connections
    const hashes = this.#hashes
    const mask = connections.length - 1
    let free = place
    for (let at = (free + 1) & mask; connections[at]; at = (at + 1) & mask) {
      const begin = (hashes[at]! >>> 1) & mask
      if (((at - begin) & mask) < ((at - free) & mask)) continue
      connections[free] = connections[at]
      hashes[free] = hashes[at]!
      free = at
    }
    connections[free] = undefined
  }

  #resize(length: number): void {
    const before = this.#connections
    const beforeHashes = this.#hashes
    const mask = length - 1
    this.#connections = new Array(length)
    this.#hashes = new Int32Array(length)
    for (let i = 0; i < before.length; i++) {
      if (before[i] === undefined) continue
      let at = (beforeHashes[i]! >>> 1) & mask
      while (this.#connections[at]) at = (at + 1) & mask
      this.#connections[at] = before[i]
      this.#hashes[at] = beforeHashes[i]!
    }
  }
}
