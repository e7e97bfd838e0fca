import { status, tcpFlags, tcpState } from '@nfkit/netlink-codec/conntrack'
import type { Connection } from '../../table/connection.ts'
import type { Segment } from './segment.ts'
import { before } from './sequence.ts'

/**
 * What a RST does: it must be in the window; it `closes` whatever its numbers are; it may be forged, so that the state is `kept` for the
 * challenge ACK that a live peer answers with (RFC 5961); or it is invalid.
 */
export type Reset = 'windowed' | 'closes' | 'kept' | 'invalid'

/** Connections that end anyway (tcp_can_early_drop). */
export const ending: readonly number[] = [
  tcpState.finWait,
  tcpState.closeWait,
  tcpState.lastAck,
  tcpState.timeWait,
  tcpState.close,
]

export function judgeReset(connection: Connection, segment: Segment, reply: boolean, ignoresInvalid: boolean): Reset {
  const { state, sides, last } = connection.tcp!
  const { sequence, acknowledged } = segment
  if (ending.includes(state)) return 'closes'
  const peer = sides[reply ? 0 : 1]
  if (peer.flags & tcpFlags.maxackSet && last.kind !== 'syn') {
    const established = state === tcpState.established && connection.has(status.assured)
    if (sequence === 0 && !established) return 'windowed'
    if (before(sequence, peer.maxAck) && !ignoresInvalid) return 'invalid'
    // The last of a train follows the data before it.
    const follows = last.kind === 'ack' && last.reply === reply && last.end === sequence
    if (established && sequence !== peer.maxAck && !follows) return 'kept'
    return 'windowed'
  }
  const answersIgnored = connection.has(status.seenReply) && last.kind === 'syn'
  const answersAck = !connection.has(status.assured) && last.kind === 'ack'
  if ((answersIgnored || answersAck) && acknowledged === last.end) return 'closes'
  const answersChallenge = state === tcpState.synSent && last.kind === 'ack' && last.reply
  return answersChallenge && sequence === last.acknowledged ? 'closes' : 'windowed'
}
