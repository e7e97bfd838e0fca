import { be16, be32 } from '@nfkit/inet/bytes'
import type { IpPacket, Tcp } from '@nfkit/ip-codec'
import { TcpConnection } from '../connection/connection.ts'
import type { End } from '../connection/end.ts'
import type { Surroundings } from '../connection/surroundings.ts'
import type { Fate } from '../fate.ts'
import { fromLowerEnd, keyOf } from '../segment/key.ts'
import type { Segment } from '../segment/segment.ts'
import { type Synchronization, synchronizationOf } from '../segment/synchronization.ts'
import type { Table } from './table.ts'

/** The connection a segment belongs to, and the end it comes from. */
export interface Sighting {
  readonly connection: TcpConnection
  readonly from: End
  readonly to: End
}

/** Knows which connection a segment belongs to, and which segments begin one. */
export class Roster {
  readonly #table: Table
  readonly #surroundings: Surroundings
  readonly #midstream: 'follow' | 'accept'
  /** The latest connection of IPv4: a stream in bulk is found by three numbers. */
  #source = 0
  #destination = 0
  #ports = 0
  #there: Sighting | undefined
  #back: Sighting | undefined

  constructor(table: Table, surroundings: Surroundings, midstream: 'follow' | 'accept') {
    this.#table = table
    this.#surroundings = surroundings
    this.#midstream = midstream
  }

  /** The connection of a segment, which may be new; or what becomes of a segment that has none. */
  find(segment: Segment, now: number): Sighting | Fate {
    const { tcp } = segment
    const latest = segment.syn ? undefined : this.latest(segment.ip)
    if (latest !== undefined && this.#table.touch(latest.connection, now)) return latest
    const lower = fromLowerEnd(tcp)
    const connection = this.#lookUp(segment, lower, now)
    if (!(connection instanceof TcpConnection)) return connection
    const [from, to] = connection.endsOf(lower)
    const sighting = { connection, from, to }
    if (tcp.ip.version === 4) this.#remember(tcp, sighting)
    return sighting
  }

  /** The connection that was found last, where a packet of TCP belongs to it and no other one may be about to take its place. */
  latest(ip: IpPacket): Sighting | undefined {
    const sighting = ip.version === 4 ? this.#fromLatest(ip) : undefined
    return sighting !== undefined && isSettled(sighting) ? sighting : undefined
  }

  #fromLatest({ bytes, start, payloadStart }: IpPacket): Sighting | undefined {
    const source = be32(bytes, start + 12)
    const destination = be32(bytes, start + 16)
    if (source === this.#source && destination === this.#destination) {
      return be32(bytes, payloadStart) === this.#ports ? this.#there : undefined
    }
    if (source !== this.#destination || destination !== this.#source) return undefined
    return be16(bytes, payloadStart + 2) * 0x1_0000 + be16(bytes, payloadStart) === this.#ports ? this.#back : undefined
  }

  #remember({ ip, bytes, start }: Tcp, sighting: Sighting): void {
    const { connection, from, to } = sighting
    this.#source = be32(bytes, ip.start + 12)
    this.#destination = be32(bytes, ip.start + 16)
    this.#ports = be32(bytes, start)
    this.#there = sighting
    this.#back = { connection, from: to, to: from }
  }

  #lookUp(segment: Segment, lower: boolean, now: number): TcpConnection | Fate {
    const key = keyOf(segment.tcp, lower)
    const known = this.#table.find(key)
    if (known === undefined) return this.#begin(key, segment, lower, now)
    this.#table.touch(known, now)
    const successor = known.successor(segment, lower)
    if (successor === undefined) return known
    known.settle('unjudged', 'reset')
    const clientIsLower = successor.client === known.endsOf(true)[0]
    return this.#add(key, clientIsLower, successor.opening, now)
  }

  #begin(key: string, segment: Segment, lower: boolean, now: number): TcpConnection | Fate {
    const { syn, ack, fin, rst, size } = segment
    if (syn && (fin || rst)) return 'malformed'
    if (syn && !ack)
      return this.#add(key, lower, synchronizationOf(segment, this.#surroundings.synData === 'wait'), now)
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

/** Whether no other connection may be about to take its place. */
function isSettled({ from, to }: Sighting): boolean {
  return from.candidate === undefined && to.candidate === undefined
}
