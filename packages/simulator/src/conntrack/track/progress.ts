import { ipProtocol } from '@nfkit/inet'
import { status, tcpFlags, tcpState } from '@nfkit/netlink-codec/conntrack'
import type { Packet } from '../../packet.ts'
import { generic } from '../objects/default-timeouts.ts'
import { change } from '../table/change.ts'
import type { Connection } from '../table/connection.ts'
import { nobody } from '../table/events.ts'
import { open, step } from './tcp.ts'
import { type Segment, segmentOf } from './tcp-segment.ts'
import type { Tracking } from './tracking.ts'

/** Ids in the timeout tables. */
const unreplied = 1
const replied = 2
const retransmitted = 10
const unacknowledged = 11

/** What a packet does to its connection: state, timeout, status and counters, by protocol. */
export class Progress {
  readonly #tracking: Tracking

  constructor(tracking: Tracking) {
    this.#tracking = tracking
  }

  /** Let the protocol have its say: false when the packet cannot belong to the connection. */
  advance(packet: Packet, connection: Connection, reply: boolean): boolean | 'again' {
    const { clock } = this.#tracking
    const timeouts = this.#timeoutsOf(connection)
    switch (connection.original.protocol) {
      case ipProtocol.tcp:
        return this.#advanceTcp(packet, connection, reply)
      case ipProtocol.udp:
        if (!connection.confirmed) connection.streamFrom = clock.uptime + 2000
        if (connection.has(status.seenReply)) {
          const stream = clock.uptime > connection.streamFrom
          this.#refresh(packet, connection, reply, timeouts[stream ? replied : unreplied]!)
          if (stream) this.#assure(connection)
        } else {
          this.#refresh(packet, connection, reply, timeouts[unreplied]!)
        }
        return true
      case ipProtocol.udplite:
      case ipProtocol.gre: {
        const seen = connection.has(status.seenReply)
        this.#refresh(packet, connection, reply, timeouts[seen && timeouts.length > replied ? replied : unreplied]!)
        if (seen) this.#assure(connection)
        return true
      }
      default:
        this.#refresh(packet, connection, reply, timeouts[unreplied]!)
        return true
    }
  }

  #timeoutsOf({ timeouts, original }: Connection): readonly (number | undefined)[] {
    const { timeouts: defaults } = this.#tracking
    return timeouts ?? defaults.get(original.protocol) ?? defaults.get(generic)!
  }

  #advanceTcp(packet: Packet, connection: Connection, reply: boolean): boolean | 'again' {
    const tracking = this.#tracking
    const segment = segmentOf(packet.bytes, packet.layout!)
    if (!segment) return false
    if (!connection.confirmed) {
      const track = open(segment, tracking.settings.tcpLoose)
      if (!track) return false
      connection.tcp = track
    }
    const track = connection.tcp!
    const old = track.state
    const next = step(track, segment, reply)
    if (next === 'invalid') return false
    if (next === 'ignored') return true
    if (next === 'reopen') {
      tracking.table.delete(connection, nobody)
      return 'again'
    }
    track.state = next.state
    if (next.state !== old) tracking.events.note(connection, change.protoinfo)
    return this.#settleTcp(packet, connection, reply, segment, old)
  }

  /** Timeout and ASSURED after a step of the state machine. */
  #settleTcp(packet: Packet, connection: Connection, reply: boolean, segment: Segment, old: number): boolean {
    const { state } = connection.tcp!
    const timeouts = this.#timeoutsOf(connection)
    let seconds = this.#tcpSeconds(connection, segment, timeouts)
    if (!connection.has(status.seenReply)) {
      if (segment.reset) {
        this.#count(packet, connection, reply)
        this.#tracking.table.delete(connection, nobody)
        return true
      }
      if (segment.kind === 'syn' && old === tcpState.synSent) return true
      if (state === tcpState.established) seconds = Math.min(seconds, timeouts[unacknowledged]!)
    } else if ((old === tcpState.synRecv || old === tcpState.established) && state === tcpState.established) {
      this.#assure(connection)
    }
    this.#refresh(packet, connection, reply, seconds)
    return true
  }

  #tcpSeconds({ tcp }: Connection, segment: Segment, timeouts: readonly (number | undefined)[]): number {
    const { state, sides, retransmissions, lastWindow } = tcp!
    const normal = timeouts[state]!
    const unanswered = sides.some(({ flags }) => flags & tcpFlags.dataUnacknowledged)
    if (retransmissions >= this.#tracking.settings.tcpMaxRetransmissions && normal > timeouts[retransmitted]!)
      return timeouts[retransmitted]!
    if (segment.reset) return timeouts[tcpState.close]!
    if (unanswered && normal > timeouts[unacknowledged]!) return timeouts[unacknowledged]!
    return lastWindow === 0 && normal > timeouts[retransmitted]! ? timeouts[retransmitted]! : normal
  }

  #assure(connection: Connection): void {
    if (connection.has(status.assured)) return
    connection.status |= status.assured
    this.#tracking.events.note(connection, change.assured)
  }

  #refresh(packet: Packet, connection: Connection, reply: boolean, seconds: number): void {
    if (!connection.has(status.fixedTimeout))
      connection.expires = (connection.confirmed ? this.#tracking.clock.uptime : 0) + 1000 * seconds
    this.#count(packet, connection, reply)
  }

  #count(packet: Packet, { counters }: Connection, reply: boolean): void {
    const side = counters?.[reply ? 1 : 0]
    if (!side) return
    side.packets++
    side.bytes += BigInt(packet.bytes.length)
  }
}
