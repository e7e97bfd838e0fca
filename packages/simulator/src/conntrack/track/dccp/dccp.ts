import { dccpState, status } from '@nfkit/netlink-codec/conntrack'
import { type DccpTrack, newDccpTrack } from '../../table/state/dccp.ts'
import type { Effect, Passage } from '../effect.ts'
import { type Header, headerOf, packetType } from './header.ts'
import { machine } from './machine.ts'

const [client, server] = [0, 1]

/** DCCP: state and roles of a connection (nf_conntrack_dccp_packet). */
export function dccp({ packet, connection, reply, timeouts, profile }: Passage): Effect {
  const header = headerOf(packet)
  if (header === 'short') return profile.keepsShortDccp ? 'invalid' : 'dropped'
  if (header === 'invalid') return header
  const { type } = header
  if (!connection.confirmed) {
    if (machine.client[type]![dccpState.none] === dccpState.invalid) return 'invalid'
    connection.dccp = newDccpTrack()
  }
  if (type === packetType.reset && !connection.has(status.seenReply)) return 'ends'
  const track = connection.dccp!
  const from = track.state
  const to = next(track, header, reply)
  if (to === dccpState.invalid) return 'invalid'
  track.last.type = type
  track.last.reply = reply
  if (to === dccpState.ignore) return 'ignored'
  track.state = to
  const assures =
    from === dccpState.respond &&
    to === dccpState.partopen &&
    type === packetType.ack &&
    header.acknowledged === track.handshakeSeq
  return { seconds: timeouts[to]!, changes: to !== from, assures }
}

/** The state after a packet. Roles change where a connection begins anew from the other side. */
function next(track: DccpTrack, { type, sequence }: Header, reply: boolean): number {
  const sender = reply ? other(track.role) : track.role
  const from = track.state
  const to = machine[sender === client ? 'client' : 'server'][type]![from]!
  const { last } = track
  // The answer to a request that was ignored: tracking was out of step.
  const isInStepAgain =
    to === dccpState.ignore && type === packetType.response && last.type === packetType.request && last.reply !== reply
  if (isInStepAgain) track.role = reply ? client : server
  if (isInStepAgain || (to === dccpState.respond && from === dccpState.request)) track.handshakeSeq = sequence
  if (isInStepAgain) return dccpState.respond
  if (to === dccpState.request && from === dccpState.timewait && sender === server) track.role = other(track.role)
  return to
}

const other = (role: number): number => (role === client ? server : client)
