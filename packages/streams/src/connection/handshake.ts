import type { Fate } from '../fate.ts'
import type { Segment } from '../segment/segment.ts'
import { type Synchronization, synchronizationOf } from '../segment/synchronization.ts'
import type { End } from './end.ts'
import type { Surroundings } from './surroundings.ts'

/** The SYN that opens a connection in place of another, and the end of that one it comes from. */
export interface Successor {
  readonly opening: Synchronization
  readonly client: End
}

/** What becomes of a SYN, with or without ACK. */
export function open(segment: Segment, from: End, to: End, isOpen: boolean, synData: Surroundings['synData']): Fate {
  if (segment.fin) return 'challenged'
  const fate = segment.size > 0 && synData === 'strip' ? 'stripped' : 'opening'
  if (from.direction !== undefined && (isOpen || from.direction.origin !== originOf(segment))) return again(segment)
  if (from.direction !== undefined) return fate
  const acknowledged = segment.ack && to.direction !== undefined ? to.acknowledgedBy(segment) : 0
  if (acknowledged < 0 || acknowledged > (to.direction?.sent ?? 0)) return 'challenged'
  from.open(synchronizationOf(segment, synData === 'wait'))
  to.openingData = to.syn?.data?.subarray(0, acknowledged)
  if (segment.ack) to.direction?.acknowledge(0, segment.window)
  return fate
}

/**
 * What becomes of a SYN where there is a connection already. Where it opens another one, its data would be read unseen: it goes on without,
 * and is sent again.
 */
export function again(segment: Segment): Fate {
  return segment.size > 0 ? 'stripped' : 'challenged'
}

/** Whether a RST ends the connection: by the very number its receiver expects, or as an answer to its SYN (RFC 5961, 3.2). */
export function resets(segment: Segment, from: End, to: End): boolean {
  if (from.direction !== undefined) return from.direction.positionOf(segment.sequence) === from.direction.next
  return segment.ack && to.direction !== undefined && to.direction.origin === segment.acknowledgment
}

/**
 * The SYN of the connection that takes another's place by a segment. The answer to a SYN says that it opens one, also where the other seems
 * to be over: neither a RST nor a SYN need have reached the host. Where no answers come by here it does so when the other is over, or with
 * the first segment that has its numbers.
 */
export function successorOf(
  segment: Segment,
  from: End,
  to: End,
  isOver: boolean,
  synData: Surroundings['synData'],
): Successor | undefined {
  if (segment.rst || segment.fin) return undefined
  if (!segment.syn) {
    const { candidate } = from
    return !to.seen && candidate?.origin === segment.sequence ? { opening: candidate, client: from } : undefined
  }
  if (segment.ack) {
    const { candidate } = to
    return candidate?.origin === segment.acknowledgment ? { opening: candidate, client: to } : undefined
  }
  const isRepeated = from.direction?.origin === originOf(segment)
  if (isOver && !to.seen) return { opening: synchronizationOf(segment, synData === 'wait'), client: from }
  // Its data is not kept: its sender sends it again.
  if (from.direction !== undefined && !isRepeated) from.candidate = synchronizationOf(segment, false)
  return undefined
}

const originOf = (segment: Segment): number => (segment.sequence + 1) | 0
