import { ipProtocol } from '@nfkit/inet'
import { type Conntrack, status } from '@nfkit/netlink-codec/conntrack'
import type { Profile } from '../../profile.ts'
import { change } from './change.ts'
import type { Connection, DirectionCounters } from './connection.ts'
import { attributesOf } from './tuple.ts'

/** What emitting a connection depends on besides itself. */
export interface Moment {
  readonly profile: Profile
  /** Milliseconds. */
  readonly uptime: number
}

/** The order of attributes in gets and dumps (ctnetlink_fill_info, net/netfilter/nf_conntrack_netlink.c). */
export function listed(connection: Connection, moment: Moment, use: number): Conntrack {
  const offloaded = connection.has(status.offload)
  return {
    ...tuples(connection),
    status: connection.status,
    mark: connection.mark,
    id: connection.id,
    use,
    tupleMaster: connection.master && attributesOf(connection.master.original),
    timeout: offloaded ? undefined : connection.secondsLeft(moment.uptime),
    protoinfo: offloaded ? undefined : protoinfo(connection, false),
    ...counters(connection),
    timestamp: timestamp(connection),
    help: help(connection),
    labels: labels(connection),
    ...sequences(connection),
    synproxy: connection.synproxy,
  }
}

/** The order in events (ctnetlink_conntrack_event). `changes` are bits of `change`. */
export function changed(connection: Connection, changes: number, moment: Moment, now: bigint | undefined): Conntrack {
  const destroyed = (changes & change.destroy) !== 0
  const timeout = connection.secondsLeft(moment.uptime)
  return {
    ...tuples(connection),
    id: connection.id,
    status: connection.status,
    ...(destroyed
      ? {
          timeout: timeout || undefined,
          ...counters(connection),
          timestamp: timestamp(connection),
          protoinfo: protoinfo(connection, true),
        }
      : {
          timeout,
          protoinfo: changes & change.protoinfo ? protoinfo(connection, false) : undefined,
          help: help(connection),
          labels: changes & change.label ? labels(connection) : undefined,
          tupleMaster:
            changes & change.related && connection.master ? attributesOf(connection.master.original) : undefined,
          ...(changes & change.seqadj ? sequences(connection) : {}),
          synproxy: changes & change.synproxy ? connection.synproxy : undefined,
        }),
    mark: changes & change.mark || connection.mark !== 0 ? connection.mark : undefined,
    timestampEvent: now,
  }
}

/** The order in queued packets (__ctnetlink_glue_build). */
export function glued(connection: Connection, moment: Moment): Conntrack {
  return {
    ...tuples(connection),
    id: connection.id,
    status: connection.status,
    timeout: connection.secondsLeft(moment.uptime),
    protoinfo: protoinfo(connection, false),
    ...counters(connection),
    timestamp: timestamp(connection),
    help: help(connection),
    tupleMaster: connection.master && attributesOf(connection.master.original),
    ...sequences(connection),
    synproxy: connection.synproxy,
    mark: connection.mark,
    labels: labels(connection),
  }
}

function tuples({ original, reply, zone }: Connection): Conntrack {
  const of = (direction: typeof zone.direction) => (zone.id !== 0 && zone.direction === direction ? zone.id : undefined)
  return {
    tupleOrig: attributesOf(original, of('original')),
    tupleReply: attributesOf(reply, of('reply')),
    zone: of('both'),
  }
}

function counters({ counters: both }: Connection): Conntrack {
  if (!both) return {}
  const copy = ({ packets, bytes }: DirectionCounters) => ({ packets, bytes })
  return { countersOrig: copy(both[0]), countersReply: copy(both[1]) }
}

function timestamp({ start, stop }: Connection): Conntrack['timestamp'] {
  return start === undefined ? undefined : { start, stop }
}

function help({ help: extension }: Connection): Conntrack['help'] {
  return extension?.helper && { name: extension.helper.name, info: extension.info }
}

function labels({ labels: bits }: Connection): Uint8Array | undefined {
  return bits?.some((byte) => byte !== 0) ? bits : undefined
}

function sequences({ sequences: both, status: bits }: Connection): Conntrack {
  if (!both || !(bits & status.seqAdjust)) return {}
  return { seqAdjOrig: both[0], seqAdjReply: both[1] }
}

/** In destroy events only the state is told. */
function protoinfo({ original, tcp, sctp, dccp }: Connection, stateOnly: boolean): Conntrack['protoinfo'] {
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
