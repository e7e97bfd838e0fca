import type { Fate } from '../fate.ts'
import type { Segment } from '../segment/segment.ts'
import { isOlder } from '../segment/sequence.ts'
import type { End } from './end.ts'

/**
 * Why a host would not read a segment that is neither SYN nor RST, before it looks at the data's place (RFC 9293, 3.10.7.4; RFC 5961;
 * RFC 7323; tcp_validate_incoming and tcp_ack, net/ipv4). `undefined` when it would. Where bytes may have passed unseen, `tolerant`, more
 * may be acknowledged than was seen.
 */
export function unacceptable(segment: Segment, from: End, to: End, tolerant: boolean): Fate | undefined {
  const why = whyNot(segment, from, to, tolerant)
  // What says nothing may pass: the host answers it, or not.
  return why === undefined || segment.size > 0 || segment.fin ? why : 'empty'
}

function whyNot(segment: Segment, from: End, to: End, tolerant: boolean): Fate | undefined {
  if (!segment.ack) return 'withoutAck'
  if (from.syn !== undefined && !from.syn.signed && segment.signed) return 'signed'
  if (haveClocks(from, to) && isPast(segment, from)) return 'oldTimestamp'
  if (tolerant || !to.seen || from.repeatsAnswer(segment.acknowledgment, segment.window)) return undefined
  if (to.direction !== undefined && !acknowledgesRight(segment, from, to)) return 'wrongAck'
  return undefined
}

function isPast({ timestamp }: Segment, from: End): boolean {
  return timestamp !== undefined && from.timestamp !== undefined && isOlder(timestamp, from.timestamp)
}

/** Neither more than was sent, nor further back than the largest window, nor before the first byte. */
function acknowledgesRight(segment: Segment, from: End, to: End): boolean {
  const acknowledged = to.acknowledgedBy(segment)
  const { sent, acknowledged: before } = to.direction!
  return acknowledged <= sent && acknowledged >= Math.max(0, before - from.largestWindow)
}

/** Whether both ends tell their clocks. */
export function haveClocks(from: End, to: End): boolean {
  return from.syn?.timestamps === true && to.syn?.timestamps === true
}
