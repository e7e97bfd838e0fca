import { ipProtocol } from '@nfkit/inet'
import { type Conntrack, status } from '@nfkit/netlink-codec/conntrack'
import type { Profile } from '../../profile.ts'
import { change } from './change.ts'
import type { Connection } from './connection.ts'
import { attributesOf } from './tuple/attributes.ts'

/** What emitting a connection depends on besides itself. */
export interface Moment {
  readonly profile: Profile
  /** Milliseconds. */
  readonly uptime: number
}

// Each is one literal: what is spread would cost as much as to encode it.

/** The order of attributes in gets and dumps (ctnetlink_fill_info, net/netfilter/nf_conntrack_netlink.c). */
export function listed(connection: Connection, moment: Moment, use: number): Conntrack {
  const offloaded = connection.has(status.offload)
  return {
    tupleOrig: tupleOf(connection, 'original'),
    tupleReply: tupleOf(connection, 'reply'),
    zone: zoneIn(connection, 'both'),
    status: connection.status,
    mark: connection.mark,
    id: connection.id,
    use,
    tupleMaster: connection.master && attributesOf(connection.master.original),
    timeout: offloaded ? undefined : connection.secondsLeft(moment.uptime),
    protoinfo: offloaded ? undefined : protoinfo(connection, false),
    countersOrig: counters(connection, 0),
    countersReply: counters(connection, 1),
    timestamp: timestamp(connection),
    help: help(connection),
    labels: labels(connection),
    seqAdjOrig: sequences(connection, 0),
    seqAdjReply: sequences(connection, 1),
    synproxy: connection.synproxy,
  }
}

/** The order in events (ctnetlink_conntrack_event). `changes` are bits of `change`. */
export function changed(connection: Connection, changes: number, moment: Moment, now: bigint | undefined): Conntrack {
  return changes & change.destroy
    ? destroyed(connection, changes, moment, now)
    : alive(connection, changes, moment, now)
}

function destroyed(connection: Connection, changes: number, moment: Moment, now: bigint | undefined): Conntrack {
  return {
    tupleOrig: tupleOf(connection, 'original'),
    tupleReply: tupleOf(connection, 'reply'),
    zone: zoneIn(connection, 'both'),
    id: connection.id,
    status: connection.status,
    timeout: connection.secondsLeft(moment.uptime) || undefined,
    countersOrig: counters(connection, 0),
    countersReply: counters(connection, 1),
    timestamp: timestamp(connection),
    protoinfo: protoinfo(connection, true),
    mark: markIn(connection, changes),
    timestampEvent: now,
  }
}

function alive(connection: Connection, changes: number, moment: Moment, now: bigint | undefined): Conntrack {
  const isAdjusted = (changes & change.seqadj) !== 0
  return {
    tupleOrig: tupleOf(connection, 'original'),
    tupleReply: tupleOf(connection, 'reply'),
    zone: zoneIn(connection, 'both'),
    id: connection.id,
    status: connection.status,
    timeout: connection.secondsLeft(moment.uptime),
    protoinfo: changes & change.protoinfo ? protoinfo(connection, false) : undefined,
    help: help(connection),
    labels: changes & change.label ? labels(connection) : undefined,
    tupleMaster: changes & change.related && connection.master ? attributesOf(connection.master.original) : undefined,
    seqAdjOrig: isAdjusted ? sequences(connection, 0) : undefined,
    seqAdjReply: isAdjusted ? sequences(connection, 1) : undefined,
    synproxy: changes & change.synproxy ? connection.synproxy : undefined,
    mark: markIn(connection, changes),
    timestampEvent: now,
  }
}

type Direction = 'original' | 'reply'

const tupleOf = (connection: Connection, direction: Direction): Conntrack['tupleOrig'] =>
  attributesOf(connection[direction], zoneIn(connection, direction))

/** The zone, where it is that of this direction alone, or of both. */
export const zoneIn = ({ zone }: Connection, direction: Direction | 'both'): number | undefined =>
  zone.id !== 0 && zone.direction === direction ? zone.id : undefined

const markIn = ({ mark }: Connection, changes: number): number | undefined =>
  changes & change.mark || mark !== 0 ? mark : undefined

export function counters({ counters: both }: Connection, of: 0 | 1): Conntrack['countersOrig'] {
  if (!both) return undefined
  const { packets, bytes } = both[of]
  return { packets, bytes }
}

export function timestamp({ start, stop }: Connection): Conntrack['timestamp'] {
  return start === undefined ? undefined : { start, stop }
}

export function help({ help: extension }: Connection): Conntrack['help'] {
  return extension?.helper && { name: extension.helper.name, info: extension.info }
}

export function labels({ labels: bits }: Connection): Uint8Array | undefined {
  return bits?.some((byte) => byte !== 0) ? bits : undefined
}

export function sequences({ sequences: both, status: bits }: Connection, of: 0 | 1): Conntrack['seqAdjOrig'] {
  return both && bits & status.seqAdjust ? both[of] : undefined
}

/** In destroy events only the state is told. */
export function protoinfo({ original, tcp, sctp, dccp }: Connection, stateOnly: boolean): Conntrack['protoinfo'] {
  if (original.protocol === ipProtocol.tcp && tcp) {
    const [one, other] = tcp.sides
    const { state } = tcp
    if (stateOnly) return { tcp: { state } }
    const flagsOriginal = { flags: one.flags, mask: 0 }
    const flagsReply = { flags: other.flags, mask: 0 }
    return { tcp: { state, wscaleOriginal: one.scale, wscaleReply: other.scale, flagsOriginal, flagsReply } }
  }
  if (sctp) {
    const { state, tags } = sctp
    return { sctp: stateOnly ? { state } : { state, vtagOriginal: tags[0], vtagReply: tags[1] } }
  }
  if (dccp) {
    const { state, role, handshakeSeq } = dccp
    return { dccp: stateOnly ? { state } : { state, role, handshakeSeq } }
  }
  return undefined
}
