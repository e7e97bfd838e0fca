import { tcpFlags, tcpState } from '@nfkit/netlink-codec/conntrack'
import type { Settings } from '../../objects/settings.ts'
import type { Connection } from '../../table/connection.ts'
import { newSide, newTrack, type TcpTrack } from '../../table/state/tcp.ts'
import { ignored, invalid, machine } from './machine.ts'
import { judgeReset } from './reset.ts'
import type { Segment } from './segment.ts'
import { fit, offer } from './window.ts'

const { synSent, synRecv, established, finWait, lastAck, timeWait, close, synSent2 } = tcpState

/** What a segment does to a connection: a state after another, nothing, or it cannot belong to it, or the connection starts over. */
export type Step = { readonly from: number; readonly state: number } | 'ignored' | 'invalid' | 'again'

/** State of a new connection from its first segment; `undefined` when it cannot be one (tcp_new). */
export function open(segment: Segment, loose: boolean): TcpTrack | undefined {
  const first = segment.kind === 'none' ? invalid : machine.original[segment.kind][0]!
  if (first < 0) return undefined
  const track = newTrack('none')
  const [original, reply] = track.sides
  if (first === synSent) {
    offer(original, reply, segment, false)
    return track
  }
  if (!loose) return undefined
  original.end = segment.end
  original.maxWindow = segment.window || 1
  original.maxEnd = (segment.end + original.maxWindow) >>> 0
  original.flags = reply.flags = tcpFlags.sackPerm | tcpFlags.beLiberal
  return track
}

/** Move a connection on (nf_conntrack_tcp_packet). */
export function step(connection: Connection, segment: Segment, reply: boolean, settings: Settings): Step {
  const track = connection.tcp!
  const { kind } = segment
  if (kind === 'none') return 'invalid'
  const old = track.state
  let from = old
  let state = machine[reply ? 'reply' : 'original'][kind][old]!
  if (state === synSent && old >= timeWait) {
    const closed = track.sides.some(({ flags }) => flags & tcpFlags.closeInit)
    if (closed || (track.last.kind === 'rst' && track.last.reply === reply)) return 'again'
    state = ignored
  }
  if (state === ignored) {
    if (!answersIgnoredSyn(track, segment, reply)) {
      remember(track, segment, reply)
      return 'ignored'
    }
    resynchronize(track, reply)
    from = synSent
    state = synRecv
  }
  if (state === invalid) return 'invalid'
  if (state === timeWait && isChallenge(track, segment, reply)) {
    track.challenged = false
    return 'ignored'
  }
  if (state === synSent2) track.simultaneous = true
  if (state === synRecv && reply && kind === 'ack' && track.simultaneous) state = established
  if (state === close && kind === 'rst') {
    const reset = judgeReset(connection, segment, reply, settings.tcpIgnoreInvalidRst)
    if (reset === 'invalid') return reset
    if (reset === 'closes') return arrive(track, segment, reply, from, state)
    if (reset === 'kept') state = old
  }
  const fits = fit(connection, segment, reply, settings.tcpBeLiberal)
  return fits === 'fits' ? arrive(track, segment, reply, from, state) : fits
}

function arrive(track: TcpTrack, { kind }: Segment, reply: boolean, from: number, state: number): Step {
  track.last.kind = kind
  track.last.reply = reply
  track.state = state
  if (state === finWait && from !== finWait) track.sides[reply ? 1 : 0].flags |= tcpFlags.closeInit
  return { from, state }
}

/** A SYN/ACK for a SYN that was taken for a stray one: the table was out of step. */
const answersIgnoredSyn = ({ last }: TcpTrack, { kind, acknowledged }: Segment, reply: boolean): boolean =>
  kind === 'synack' && last.kind === 'syn' && last.reply !== reply && acknowledged === last.end

/** Begin with that SYN, and know nothing of its peer. */
function resynchronize(track: TcpTrack, reply: boolean): void {
  const { last, sides } = track
  const { flags, scale, end, window } = last
  Object.assign(sides[last.reply ? 1 : 0], { flags, scale, end, maxEnd: end, maxWindow: window || 1 })
  const other = sides[reply ? 1 : 0]
  Object.assign(other, newSide(), { flags: other.flags & tcpFlags.beLiberal })
  track.challenged = false
}

const isChallenge = (track: TcpTrack, { kind }: Segment, reply: boolean): boolean =>
  track.state === lastAck &&
  kind === 'ack' &&
  track.last.reply !== reply &&
  track.last.kind === 'syn' &&
  track.challenged

/** Of what is ignored, as much as its answer will be compared with. */
function remember(track: TcpTrack, segment: Segment, reply: boolean): void {
  const { kind, sequence, end, window, offers, acknowledged } = segment
  const { last } = track
  Object.assign(last, { kind, reply, sequence, end, window })
  if (kind === 'syn' && !reply) {
    last.scale = offers?.scale ?? 0
    last.flags = (offers?.scale === undefined ? 0 : tcpFlags.windowScale) | (offers?.selective ? tcpFlags.sackPerm : 0)
    track.challenged = track.state === lastAck
    track.simultaneous = false
  }
  if (track.state === synSent && kind === 'ack' && reply) last.acknowledged = acknowledged
}
