import { ipProtocol } from '@nfkit/inet'
import { status } from '@nfkit/netlink-codec/conntrack'
import type { Packet } from '../../packet.ts'
import { generic, type Timeouts } from '../objects/default-timeouts.ts'
import { change } from '../table/change.ts'
import { type Connection, natClash } from '../table/connection.ts'
import { nobody } from '../table/events.ts'
import { gre } from './datagram/gre.ts'
import { plain } from './datagram/stream.ts'
import { udp } from './datagram/udp.ts'
import { udplite } from './datagram/udplite.ts'
import { dccp } from './dccp/dccp.ts'
import type { Advance, Effect, Protocol } from './effect.ts'
import { sctp } from './sctp/sctp.ts'
import { tcp } from './tcp/tcp.ts'
import type { Tracking } from './tracking.ts'

const protocols: ReadonlyMap<number, Protocol> = new Map([
  [ipProtocol.tcp, tcp],
  [ipProtocol.udp, udp],
  [ipProtocol.udplite, udplite],
  [ipProtocol.gre, gre],
  [ipProtocol.sctp, sctp],
  [ipProtocol.dccp, dccp],
])

/** What a packet does to its connection: state, timeout, status and counters. */
export class Progress {
  readonly #tracking: Tracking

  constructor(tracking: Tracking) {
    this.#tracking = tracking
  }

  /** Let the protocol have its say. */
  advance(packet: Packet, connection: Connection, reply: boolean): Effect {
    const { clock, settings, profile, timeouts: defaults, table } = this.#tracking
    const { uptime } = clock
    const { protocol: number } = connection.original
    const protocol = (defaults.has(number) && protocols.get(number)) || plain
    const timeouts = this.#timeoutsOf(connection)
    const effect = protocol({ packet, connection, reply, settings, profile, timeouts, uptime })
    if (effect === 'again') table.delete(connection, nobody)
    else if (effect === 'ends') {
      count(packet, connection, reply)
      table.delete(connection, nobody)
    } else if (typeof effect === 'object') this.#apply(packet, connection, reply, effect)
    return effect
  }

  #timeoutsOf({ timeouts, original }: Connection): Timeouts {
    const { timeouts: defaults } = this.#tracking
    return timeouts ?? defaults.get(original.protocol) ?? defaults.get(generic)!
  }

  #apply(packet: Packet, connection: Connection, reply: boolean, { seconds, assures, changes }: Advance): void {
    const { events, clock } = this.#tracking
    if (changes) events.note(connection, change.protoinfo)
    if (assures && !connection.has(status.assured | natClash)) {
      connection.status |= status.assured
      events.note(connection, change.assured)
    }
    if (seconds === undefined) return
    if (!connection.has(status.fixedTimeout))
      connection.expires = (connection.confirmed ? clock.uptime : 0) + 1000 * seconds
    count(packet, connection, reply)
  }
}

/** Count a packet in its direction (nf_ct_acct_add). */
export function count(packet: Packet, { counters }: Connection, reply: boolean): void {
  const side = counters?.[reply ? 1 : 0]
  if (!side) return
  side.packets++
  side.bytes += BigInt(packet.bytes.length)
}
