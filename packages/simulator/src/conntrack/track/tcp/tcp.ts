import { ipProtocol } from '@nfkit/inet'
import { status, tcpFlags, tcpState, timeoutTcp } from '@nfkit/netlink-codec/conntrack'
import { hasWrongChecksum } from '../checksum.ts'
import type { Effect, Passage } from '../effect.ts'
import { type Segment, segmentOf } from './segment.ts'
import { open, step } from './step.ts'

const { established, synRecv, synSent } = tcpState
const { retrans, unack } = timeoutTcp.rows

/** TCP: state, windows, and how long the connection lasts (nf_conntrack_tcp_packet). */
export function tcp(passage: Passage): Effect {
  const { packet, connection, reply, settings } = passage
  const segment = segmentOf(packet.bytes, packet.layout!)
  if (!segment || hasWrongChecksum(packet, ipProtocol.tcp)) return 'invalid'
  if (!connection.confirmed) {
    const track = open(segment, settings.tcpLoose)
    if (!track) return 'invalid'
    connection.tcp = track
  }
  const next = step(connection, segment, reply, settings)
  if (next === 'invalid') return refuse(passage, segment)
  if (typeof next === 'string') return next
  const { from, state } = next
  const changes = state !== from
  const seconds = secondsOf(passage, segment)
  const opened = state === established
  if (connection.has(status.seenReply))
    return { seconds, changes, assures: opened && (from === synRecv || from === established) }
  if (segment.reset) return 'ends'
  if (segment.kind === 'syn' && from === synSent) return { changes }
  return { seconds: opened ? Math.min(seconds, passage.timeouts[unack.id]!) : seconds, changes }
}

/** The first of these that is shorter than what the state allows. */
function secondsOf({ connection, settings, profile, timeouts }: Passage, segment: Segment): number {
  const { state, sides, retransmissions, last } = connection.tcp!
  const normal = timeouts[state]!
  const unanswered = sides.some(({ flags }) => flags & tcpFlags.dataUnacknowledged)
  const retransmitted = timeouts[retrans.id]!
  const unacknowledged = timeouts[unack.id]!
  if (retransmissions >= settings.tcpMaxRetransmissions && normal > retransmitted) return retransmitted
  if (segment.reset && state === tcpState.close) return normal
  if (segment.reset) return profile.keptResetCloses ? timeouts[tcpState.close]! : Math.min(normal, unacknowledged)
  if (unanswered && normal > unacknowledged) return unacknowledged
  return last.window === 0 && normal > retransmitted ? retransmitted : normal
}

const leastSeconds = 120

/** An end that is out of the window may be the true one: when both sides sent one, the connection is not kept for days (nf_tcp_handle_invalid). */
function refuse({ connection, reply, timeouts, uptime }: Passage, { kind }: Segment): 'invalid' {
  if (kind !== 'fin' && kind !== 'rst') return 'invalid'
  if (!connection.has(status.assured) || connection.has(status.fixedTimeout)) return 'invalid'
  const { last } = connection.tcp!
  if (last.reply !== reply && (last.kind === 'fin' || last.kind === 'rst')) {
    const least = timeouts[unack.id]!
    const left = connection.secondsLeft(uptime)
    if (left >= leastSeconds && left > least) connection.expires = uptime + 1000 * least
  } else {
    last.kind = kind
    last.reply = reply
  }
  return 'invalid'
}
