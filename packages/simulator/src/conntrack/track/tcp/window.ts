import { tcpFlags, tcpState } from '@nfkit/netlink-codec/conntrack'
import type { Connection } from '../../table/connection.ts'
import type { TcpSide, TcpTrack } from '../../table/state/tcp.ts'
import type { Segment } from './segment.ts'
import { after, before } from './sequence.ts'

/** `ignored` segments pass and change nothing. */
export type Fit = 'fits' | 'ignored' | 'invalid'

/** How far back an acknowledgement may be, at least (MAXACKWINCONST). */
const leastAckWindow = 66_000

/** Whether a segment is within what its sender may send and acknowledge, and what it teaches of the two (tcp_in_window). */
export function fit(connection: Connection, segment: Segment, reply: boolean, liberal: boolean): Fit {
  const track = connection.tcp!
  const { synchronizes, acknowledges } = segment
  const [sender, receiver] = reply ? [track.sides[1], track.sides[0]] : track.sides
  // What is acknowledged is the byte before.
  const moved = connection.offsetAt(!reply, segment.acknowledged - 1)
  let { sequence, end } = segment
  let acknowledged = (segment.acknowledged - moved) >>> 0
  let selected = receiver.flags & tcpFlags.sackPerm ? (segment.selected - moved) >>> 0 : acknowledged
  if (sender.maxWindow === 0) {
    if (!synchronizes) joinMidway(sender, receiver, segment, selected)
    else {
      offer(sender, receiver, segment, reply)
      if (!acknowledges) return 'fits'
    }
  } else if (synchronizes && after(end, sender.end) && opening.includes(track.state)) {
    offer(sender, receiver, segment, reply)
    if (reply && !acknowledges) return 'fits'
  }
  if (!acknowledges || (segment.reset && acknowledged === 0)) acknowledged = selected = receiver.end
  if (segment.reset && sequence === 0 && track.state === tcpState.synSent) sequence = end = sender.end

  const place = placeOf(sender, receiver, sequence, end, selected)
  if (place === 'beyond') {
    sender.end = end
    sender.flags |= tcpFlags.dataUnacknowledged
  }
  if (place !== 'within') {
    if (liberal || sender.flags & tcpFlags.beLiberal) return 'fits'
    return place === 'over' ? 'invalid' : 'ignored'
  }
  learn(sender, receiver, segment, { end, acknowledged, selected })
  if (segment.kind === 'ack') countRetransmission(track, segment, reply, acknowledged)
  return 'fits'
}

const opening: readonly number[] = [tcpState.synSent, tcpState.synRecv]

/** The first of its direction, or a new attempt: a SYN says all there is to know (tcp_init_sender). */
export function offer(sender: TcpSide, receiver: TcpSide, { end, window, offers }: Segment, reply: boolean): void {
  sender.end = sender.maxEnd = end
  sender.maxWindow = window || 1
  if (offers) {
    sender.flags &= tcpFlags.beLiberal
    sender.scale = offers.scale ?? 0
    if (offers.scale !== undefined) sender.flags |= tcpFlags.windowScale
    if (offers.selective) sender.flags |= tcpFlags.sackPerm
  }
  if (reply && !(sender.flags & receiver.flags & tcpFlags.windowScale)) sender.scale = receiver.scale = 0
}

/** The beginning was missed: what the segment shows must do. */
function joinMidway(sender: TcpSide, receiver: TcpSide, { end, window }: Segment, selected: number): void {
  sender.end = end
  sender.maxWindow = window * 2 ** sender.scale || 1
  sender.maxEnd = (end + sender.maxWindow) >>> 0
  if (receiver.maxWindow === 0) receiver.end = receiver.maxEnd = selected
  else if (selected === (receiver.end + 1) >>> 0) receiver.end = selected
}

/** Where a segment is: `beyond` the peer's window by no more than a window, `under` it, or `over` what can be. */
function placeOf(
  sender: TcpSide,
  receiver: TcpSide,
  sequence: number,
  end: number,
  selected: number,
): 'within' | 'beyond' | 'under' | 'over' {
  const ackWindow = Math.max(sender.maxWindow, leastAckWindow)
  const recent = after(selected, receiver.end - ackWindow - 1)
  const sent = before(selected, receiver.end + 1)
  const inWindow = receiver.maxWindow !== 0 && after(end, sender.end - receiver.maxWindow - 1)
  if (!before(sequence, sender.maxEnd + 1)) {
    const beyond = (end - sender.maxEnd + 1) >>> 0
    return inWindow && recent && sent && beyond <= receiver.maxWindow ? 'beyond' : 'over'
  }
  if (!sent) return 'over'
  return (receiver.maxWindow === 0 || inWindow) && recent ? 'within' : 'under'
}

interface Numbers {
  readonly end: number
  readonly acknowledged: number
  readonly selected: number
}

function learn(sender: TcpSide, receiver: TcpSide, segment: Segment, { end, acknowledged, selected }: Numbers): void {
  const window = segment.synchronizes ? segment.window : segment.window * 2 ** sender.scale
  sender.maxWindow = Math.max(sender.maxWindow, window + ((selected - acknowledged) >>> 0))
  if (after(end, sender.end)) {
    sender.end = end
    sender.flags |= tcpFlags.dataUnacknowledged
  }
  if (segment.acknowledges) {
    if (!(sender.flags & tcpFlags.maxackSet) || after(acknowledged, sender.maxAck)) sender.maxAck = acknowledged
    sender.flags |= tcpFlags.maxackSet
  }
  if (receiver.maxWindow !== 0 && after(end, sender.maxEnd)) receiver.maxWindow += (end - sender.maxEnd) >>> 0
  if (after(selected + window, receiver.maxEnd - 1)) receiver.maxEnd = (selected + (window || 1)) >>> 0
  if (acknowledged === receiver.end) receiver.flags &= ~tcpFlags.dataUnacknowledged
}

function countRetransmission(track: TcpTrack, segment: Segment, reply: boolean, acknowledged: number): void {
  const { last } = track
  const { sequence, end, window } = segment
  const repeated =
    last.reply === reply &&
    last.sequence === sequence &&
    last.acknowledged === acknowledged &&
    last.end === end &&
    last.window === window
  if (repeated) track.retransmissions++
  else {
    last.reply = reply
    last.sequence = sequence
    last.acknowledged = acknowledged
    last.end = end
    last.window = window
    track.retransmissions = 0
  }
}
