import { TcpConnection } from '../connection/connection.ts'
import type { Surroundings } from '../connection/surroundings.ts'
import type { Fate } from '../fate.ts'
import { keyOf } from '../segment/key.ts'
import type { Segment } from '../segment/segment.ts'
import { type Synchronization, synchronizationOf } from '../segment/synchronization.ts'
import type { Table } from './table.ts'

/** Knows which connection a segment belongs to, and which segments begin one. */
export class Roster {
  readonly #table: Table
  readonly #surroundings: Surroundings
  readonly #midstream: 'follow' | 'accept'

  constructor(table: Table, surroundings: Surroundings, midstream: 'follow' | 'accept') {
    this.#table = table
    this.#surroundings = surroundings
    this.#midstream = midstream
  }

  /** The connection of a segment, which may be new; or what becomes of a segment that has none. */
  find(segment: Segment, lower: boolean, now: number): TcpConnection | Fate {
    const key = keyOf(segment.tcp, lower)
    const known = this.#table.find(key, now)
    if (known === undefined) return this.#begin(key, segment, lower, now)
    const successor = known.successor(segment, lower)
    if (successor === undefined) return known
    known.settle('unjudged', 'reset')
    const clientIsLower = successor.client === known.endsOf(true)[0]
    return this.#add(key, clientIsLower, successor.opening, now)
  }

  #begin(key: string, segment: Segment, lower: boolean, now: number): TcpConnection | Fate {
    const { syn, ack, fin, rst, size } = segment
    if (syn && (fin || rst)) return 'malformed'
    if (syn && !ack) return this.#add(key, lower, synchronizationOf(segment), now)
    const begins = syn || (ack && size > 0)
    if (rst || !begins || this.#midstream === 'accept') return 'unfollowed'
    // The answer to a SYN that did not come by here is the server's.
    return this.#add(key, syn ? !lower : lower, undefined, now)
  }

  #add(key: string, clientIsLower: boolean, opening: Synchronization | undefined, now: number): TcpConnection {
    const connection = new TcpConnection(key, clientIsLower, this.#surroundings, opening)
    this.#table.add(connection, now)
    return connection
  }
}
