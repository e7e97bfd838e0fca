import { type IpPacket, tcpFlag } from '@nfkit/ip-codec'
import type { TcpConnection } from '../connection/connection.ts'
import { again } from '../connection/handshake.ts'
import { readPredicted } from '../connection/predicted.ts'
import type { Surroundings } from '../connection/surroundings.ts'
import { type Fate, fates } from '../fate.ts'
import type { ConnectionVerdict } from '../hold/verdict.ts'
import type { StreamPacket } from '../packet.ts'
import { type Segment, segmentIn } from '../segment/segment.ts'
import { ask } from './ask.ts'
import type { Counts } from './counts.ts'
import { judge, settled } from './judgment.ts'
import type { Settings } from './options.ts'
import { type Passage, pass } from './passage.ts'
import { Roster, type Sighting } from './roster.ts'
import type { Table } from './table.ts'

/** Flags that change what a connection is. Data that nobody reads changes nothing, whatever its checksum. */
const turning = tcpFlag.syn | tcpFlag.fin | tcpFlag.rst

/** Reads the segments of connections, and says where their packets go. */
export class Follower {
  readonly #settings: Settings
  readonly #surroundings: Surroundings
  readonly #counts: Counts
  readonly #table: Table
  readonly #roster: Roster

  constructor(settings: Settings, surroundings: Surroundings, counts: Counts, table: Table) {
    this.#settings = settings
    this.#surroundings = surroundings
    this.#counts = counts
    this.#table = table
    this.#roster = new Roster(table, surroundings, settings.midstream)
  }

  /** Take a whole packet of TCP: see `Tracker.push`. */
  follow(packet: StreamPacket, ip: IpPacket, now: number): Promise<void> | undefined {
    const latest = this.#roster.latest(ip)
    if (latest !== undefined && this.#isPredicted(ip, latest, now)) {
      this.#counts.packets.read++
      packet.accept()
      return withFailure(latest.connection, undefined)
    }
    const segment = segmentIn(ip)
    if (segment === undefined) return judge(packet, this.#counts, ip.truncated ? 'gaveUp' : 'malformed')
    const turns = (segment.flags & turning) !== 0
    if (turns && hasWrongChecksum(packet, segment)) return judge(packet, this.#counts, 'wrongChecksum')
    if (segment.urg && this.#settings.urgent === 'drop') return judge(packet, this.#counts, 'urgent')
    const sighting = this.#roster.find(segment, now)
    if (typeof sighting === 'string') return judge(packet, this.#counts, sighting)
    const { connection } = sighting
    if (!turns && isHeard(sighting) && hasWrongChecksum(packet, segment)) {
      return judge(packet, this.#counts, 'wrongChecksum')
    }
    const read = this.#read(segment, sighting)
    const result =
      typeof read === 'string' && isPlain(sighting) && !segment.urg && !segment.syn
        ? this.#passAsItIs(packet, segment, sighting, read)
        : this.#conclude(packet, segment, sighting, read)
    this.#table.settle(connection, now)
    while (this.#surroundings.bytes > this.#settings.bytes && this.#table.evictKeeping());
    return withFailure(connection, result)
  }

  #isPredicted(ip: IpPacket, { connection, from, to }: Sighting, now: number): boolean {
    return this.#table.touch(connection, now) && readPredicted(ip, connection, from, to)
  }

  #read(segment: Segment, { connection, from, to }: Sighting): Fate | Uint8Array {
    if (segment.ip.truncated) connection.settle('unjudged', 'truncated')
    if (connection.verdict !== undefined) return opensAnother(segment) ? again(segment) : settled[connection.verdict]
    const screened = connection.screen(segment, from, to)
    if (screened !== undefined) return screened
    if (!connection.isOpen) {
      this.#counts.connections.opened++
      ask(this.#settings.judge, connection)
      if (connection.verdict !== undefined) return settled[connection.verdict]
    }
    const read = connection.read(segment, from, to)
    if (read === 'gaveUp') connection.settle('unjudged', 'waiting')
    // The program may have heard enough meanwhile.
    return connection.verdict === undefined || connection.verdict === 'accept' ? read : settled[connection.verdict]
  }

  #passAsItIs(packet: StreamPacket, segment: Segment, { from }: Sighting, fate: Fate): undefined {
    if (fate !== 'read' || segment.size === 0) return judge(packet, this.#counts, fate)
    this.#counts.packets.read++
    packet.accept()
    from.hasPassed(segment.sequence, segment.size)
    return undefined
  }

  #conclude(
    packet: StreamPacket,
    segment: Segment,
    sighting: Sighting,
    read: Fate | Uint8Array,
  ): Promise<void> | undefined {
    const { connection, from, to } = sighting
    const [fate, mended] = typeof read === 'string' ? [read] : (['mended', read] as const)
    const isJudged = connection.verdict !== undefined && fate !== 'stripped'
    if (fates[fate].verdict !== 'accept' || isJudged) return judge(packet, this.#counts, fate)
    const recompute = packet.checksumNotReady === true
    const isGso = packet.isGso === true
    const { reserve } = this.#settings
    const passage = { packet, segment, fate, mended, from, to, recompute, isGso, reserve }
    const { direction } = from
    const says = (segment.size > 0 || segment.fin) && !segment.syn && !segment.rst
    if (direction === undefined || !says) return this.#pass(passage)
    const end = direction.positionOf(segment.sequence) + segment.size
    const way = from.wayOf(segment, end, fate)
    if (way === 'nowhere') return judge(packet, this.#counts, 'held')
    if (way === 'aside') return this.#putAside(passage, connection, end)
    this.#pass(passage)
    from.tooEarly?.release(direction.next, 'accept')
    return undefined
  }

  #pass(passage: Passage): undefined {
    this.#counts.packets[pass(passage)]++
    return undefined
  }

  #putAside(passage: Passage, connection: TcpConnection, end: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const release = (verdict: ConnectionVerdict) => {
        try {
          if (verdict === 'accept') this.#pass(passage)
          else judge(passage.packet, this.#counts, settled[verdict])
          resolve()
        } catch (error) {
          reject(error)
        }
      }
      if (!passage.from.putAside({ end, release })) release(connection.verdict ?? 'drop')
    })
  }
}

/** Whether it may open another connection, with the ports of one that has its verdict. */
function opensAnother({ syn, ack, fin, rst }: Segment): boolean {
  return syn && !ack && !fin && !rst
}

/** Whether the program reads what this end says, or may want to. */
function isHeard({ connection, from }: Sighting): boolean {
  return connection.verdict === undefined && (from.isHeard || !connection.isOpen)
}

/** Whether nothing of the connection's packets has to wait, or to change. */
function isPlain({ from, to }: Sighting): boolean {
  return from.isPlain && to.edits === undefined
}

function hasWrongChecksum(packet: StreamPacket, { ip, tcp }: Segment): boolean {
  if (packet.checksumNotReady === true || packet.checksumNotVerified === false || ip.truncated) return false
  return tcp.checksumState === 'invalid'
}

/** What code of the program has thrown is told with the packet at hand. */
function withFailure(connection: TcpConnection, result: Promise<void> | undefined): Promise<void> | undefined {
  const failure = connection.takeFailure()
  if (failure === undefined) return result
  if (result === undefined) throw failure
  return result.then(() => {
    throw failure
  })
}
