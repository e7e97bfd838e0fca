import { type IpPacket, maxRewritten, parseIp, rewrite } from '@nfkit/ip-codec'
import type { Segment } from '../segment/segment.ts'
import { positionOf, sequenceOf } from '../segment/sequence.ts'
import type { EditMap } from './edit-map.ts'
import { mapSack } from './sack.ts'

/** How one direction's bytes are numbered, by their sender and, behind the edits, by their receiver. */
export interface Numbering {
  readonly origin: number
  /** Position behind the last byte read, as the sender counts. */
  readonly next: number
  readonly edits: EditMap | undefined
}

/** What a segment is translated by. */
export interface Translation {
  /** Of the bytes its sender says. */
  readonly said: Numbering
  /** Of the bytes it acknowledges. */
  readonly acknowledged: Numbering | undefined
  /** How far its sender's windows are shifted. */
  readonly scale: number
  /** Whether the kernel left the checksum unfinished. */
  readonly recompute: boolean
}

/** The position, as its sender counts, of an acknowledgment by who receives the edited bytes. */
export function acknowledgedPosition(acknowledgment: number, { origin, next }: Numbering, edits: EditMap): number {
  return edits.original(positionOf(acknowledgment, origin, edits.moved(next)))
}

/**
 * A segment as its receiver has to get it, with `data` in place of its own: sequence numbers, acknowledgments, windows and checksums as if
 * the sender had said what the edits make of it. Throws `RewriteError` for what no packet can carry.
 */
export function translate(
  segment: Segment,
  data: Uint8Array,
  { said, acknowledged, scale, recompute }: Translation,
): Uint8Array {
  const position = positionOf(segment.sequence, said.origin, said.next)
  const edited = said.edits === undefined ? data : said.edits.apply(position, data)
  const payload = fitting(segment, edited)
  const out = rewrite(segment.ip, {
    payload: payload.length === 0 && segment.size === 0 ? undefined : payload,
    recompute,
    tcp: {
      sequence: sequenceOf(place(segment, position, payload.length, said), said.origin),
      flags: { urg: false, fin: segment.fin && payload === edited },
      ...(acknowledged && segment.ack ? answer(segment, acknowledged, scale) : undefined),
    },
  })
  if (acknowledged?.edits !== undefined) mapBlocks(parseIp(out)!, acknowledged, acknowledged.edits)
  return out
}

/** Of a super-packet that is too long then, the sender says the rest again: it is not acknowledged. */
function fitting({ ip, dataStart }: Segment, data: Uint8Array): Uint8Array {
  const room = maxRewritten - (dataStart - ip.start)
  return data.length > room ? data.subarray(0, room) : data
}

/** Where a segment stands for its receiver. */
function place(segment: Segment, position: number, size: number, { next, edits }: Numbering): number {
  if (edits === undefined) return position
  // Nothing is left of it: a segment before what is expected is answered, an empty one at it is not.
  if (segment.size > 0 && size === 0 && !segment.fin) return edits.moved(position) - 1
  // So is a keep-alive, which stands one before what comes next.
  if (segment.size === 0 && position < next && !segment.rst) return edits.moved(position + 1) - 1
  return edits.moved(position)
}

function answer(segment: Segment, numbering: Numbering, scale: number): { acknowledgment: number; window: number } {
  const { origin, next, edits } = numbering
  if (edits === undefined) return { acknowledgment: segment.acknowledgment >>> 0, window: segment.window }
  const position = positionOf(segment.acknowledgment, origin, edits.moved(next))
  const own = edits.original(position)
  const window = edits.original(position + segment.window * 2 ** scale) - own
  return {
    acknowledgment: sequenceOf(own, origin),
    window: Math.max(0, Math.min(0xffff, Math.floor(window / 2 ** scale))),
  }
}

function mapBlocks(ip: IpPacket, { origin, next }: Numbering, edits: EditMap): void {
  const near = edits.moved(next)
  mapSack(ip, (left, right) => {
    const from = edits.originalFrom(positionOf(left, origin, near))
    const to = edits.original(positionOf(right, origin, near))
    return from < to ? [sequenceOf(from, origin), sequenceOf(to, origin)] : undefined
  })
}
