import { tcpFlags, tcpState } from '@nfkit/netlink-codec/conntrack'
import { newTrack, type TcpSide, type TcpTrack } from '../table/tcp-track.ts'
import type { Segment, SegmentKind } from './tcp-segment.ts'

const { none, synSent, synRecv, established, finWait, closeWait, lastAck, timeWait, close, synSent2 } = tcpState
const invalid = -1
const ignored = -2

/** Columns are states: none, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE, SYN_SENT2. */
const machine: Readonly<
  Record<'original' | 'reply', Readonly<Record<Exclude<SegmentKind, 'none'>, readonly number[]>>>
> = {
  original: {
    syn: [synSent, synSent, ignored, ignored, ignored, ignored, ignored, synSent, synSent, synSent2],
    synack: [invalid, invalid, synRecv, invalid, invalid, invalid, invalid, invalid, invalid, synRecv],
    fin: [invalid, invalid, finWait, finWait, lastAck, lastAck, lastAck, timeWait, close, invalid],
    ack: [established, invalid, established, established, closeWait, closeWait, timeWait, timeWait, close, invalid],
    rst: [invalid, close, close, close, close, close, close, close, close, close],
  },
  reply: {
    syn: [invalid, synSent2, invalid, invalid, invalid, invalid, invalid, synSent, invalid, synSent2],
    synack: [invalid, synRecv, ignored, ignored, ignored, ignored, ignored, ignored, ignored, synRecv],
    fin: [invalid, invalid, finWait, finWait, lastAck, lastAck, lastAck, timeWait, close, invalid],
    ack: [invalid, ignored, synRecv, established, closeWait, closeWait, timeWait, timeWait, close, ignored],
    rst: [invalid, close, close, close, close, close, close, close, close, close],
  },
}

/** What a segment does to a connection: a new state, nothing, or it cannot belong to it, or the connection starts over. */
export type Step = { readonly state: number } | 'ignored' | 'invalid' | 'reopen'

/** State of a new connection from its first segment; `undefined` when it cannot be one. */
export function open(segment: Segment, loose: boolean): TcpTrack | undefined {
  const first = segment.kind === 'none' ? invalid : machine.original[segment.kind][none]!
  if (first < 0) return undefined
  const track = newTrack()
  const [original, reply] = track.sides
  original.end = segment.end
  original.seen = true
  if (first === synSent) {
    readOptions(original, segment)
    return track
  }
  if (!loose) return undefined
  original.flags = reply.flags = tcpFlags.sackPerm | tcpFlags.beLiberal
  return track
}

function readOptions(side: TcpSide, { scale, selective }: Segment): void {
  side.flags &= ~(tcpFlags.windowScale | tcpFlags.sackPerm)
  side.scale = scale ?? 0
  if (scale !== undefined) side.flags |= tcpFlags.windowScale
  if (selective) side.flags |= tcpFlags.sackPerm
}

/** Move a connection on (nf_conntrack_tcp_packet). Sequence windows are not enforced. */
export function step(track: TcpTrack, segment: Segment, reply: boolean): Step {
  const { kind } = segment
  if (kind === 'none') return 'invalid'
  let state = machine[reply ? 'reply' : 'original'][kind][track.state]!
  if (state === synSent && track.state >= timeWait) {
    const closed = track.sides.some(({ flags }) => flags & tcpFlags.closeInit)
    if (closed || (track.lastKind === 'rst' && track.lastReply === reply)) return 'reopen'
    state = ignored
  }
  if (state === ignored) {
    if (!answersIgnoredSyn(track, segment, reply)) {
      remember(track, segment, reply)
      return 'ignored'
    }
    state = synRecv
  }
  if (state === invalid) return 'invalid'
  if (state === synSent2) track.simultaneous = true
  if (state === synRecv && reply && kind === 'ack' && track.simultaneous) state = established
  follow(track, segment, reply)
  if (state === finWait && track.state !== finWait) track.sides[reply ? 1 : 0].flags |= tcpFlags.closeInit
  return { state }
}

/** A SYN/ACK for a SYN that was taken for a stray one: the table was out of step. */
const answersIgnoredSyn = (track: TcpTrack, { kind, acknowledged }: Segment, reply: boolean): boolean =>
  kind === 'synack' && track.lastKind === 'syn' && track.lastReply !== reply && acknowledged === track.lastEnd

function remember(track: TcpTrack, segment: Segment, reply: boolean): void {
  track.lastKind = segment.kind
  track.lastReply = reply
  track.lastSequence = segment.sequence
  track.lastEnd = segment.end
  track.lastWindow = segment.window
}

const after = (a: number, b: number): boolean => ((a - b) | 0) > 0

/** What the segment tells of its sender: options, unacknowledged data, retransmissions (tcp_in_window, its bookkeeping only). */
function follow(track: TcpTrack, segment: Segment, reply: boolean): void {
  const [sender, receiver] = reply ? [track.sides[1], track.sides[0]] : track.sides
  if (!sender.seen) {
    sender.seen = true
    sender.end = segment.end
    if (segment.synchronizes) {
      readOptions(sender, segment)
      if (!(sender.flags & receiver.flags & tcpFlags.windowScale)) sender.scale = receiver.scale = 0
    }
  }
  if (after(segment.end, sender.end)) {
    sender.end = segment.end
    sender.flags |= tcpFlags.dataUnacknowledged
  }
  if (segment.acknowledges) {
    sender.flags |= tcpFlags.maxackSet
    if (segment.acknowledged === receiver.end) receiver.flags &= ~tcpFlags.dataUnacknowledged
  }
  if (segment.kind === 'ack') countRetransmission(track, segment, reply)
  track.lastKind = segment.kind
  track.lastReply = reply
}

function countRetransmission(track: TcpTrack, segment: Segment, reply: boolean): void {
  const { sequence, acknowledged, end, window } = segment
  const repeated =
    track.lastReply === reply &&
    track.lastSequence === sequence &&
    track.lastAcknowledged === acknowledged &&
    track.lastEnd === end &&
    track.lastWindow === window
  if (repeated) {
    track.retransmissions++
    return
  }
  track.lastSequence = sequence
  track.lastAcknowledged = acknowledged
  track.lastEnd = end
  track.lastWindow = window
  track.retransmissions = 0
}
