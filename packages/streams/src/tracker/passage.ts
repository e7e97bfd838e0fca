import { RewriteError, rewrite } from '@nfkit/ip-codec'
import type { End } from '../connection/end.ts'
import type { Fate } from '../fate.ts'
import type { StreamPacket } from '../packet.ts'
import { translate } from '../rewrite/translate.ts'
import type { Segment } from '../segment/segment.ts'
import { scaleBetween } from '../segment/synchronization.ts'

/** The segment size of a host that names none: that of Ethernet. */
const usualSegment = 1_460

/** No host has to take less: these are never lowered further (RFC 9293, 3.7.1; RFC 8200, 5). */
const leastSegment = { 4: 536, 6: 1_220 } as const

const nothing = new Uint8Array(0)

/** A packet that may go on, and what has to change in it. */
export interface Passage {
  readonly packet: StreamPacket
  readonly segment: Segment
  readonly fate: Fate
  /** What goes on in place of its data. */
  readonly mended: Uint8Array | undefined
  readonly from: End
  readonly to: End
  /** Whether the kernel left its checksum unfinished. Read when it comes: a packet its queue has judged tells nothing any more. */
  readonly recompute: boolean
  /** Whether it stands for several segments. */
  readonly isGso: boolean
  /** By how much the segment size of a SYN is lowered. */
  readonly reserve: number
}

/** Let a packet go on. Returns what has become of it. */
export function pass(passage: Passage): Fate {
  const { packet, segment, fate, from } = passage
  let payload: Uint8Array | undefined
  try {
    payload = changed(passage)
  } catch (error) {
    if (!(error instanceof RewriteError)) throw error
    return refuse(packet)
  }
  if (payload === undefined) packet.accept()
  else if (!fits(payload, passage)) return refuse(packet)
  else packet.accept({ payload })
  // What comes with a SYN or a RST is not read: it is none of the stream's bytes.
  if (segment.size > 0 && !segment.syn && !segment.rst) from.hasPassed(segment.sequence, segment.size)
  return fate
}

function refuse(packet: StreamPacket): Fate {
  packet.drop()
  return 'unwritable'
}

/** The packet as it has to go on; `undefined` when that is as it is. */
function changed({ segment, fate, mended, from, to, recompute, reserve }: Passage): Uint8Array | undefined {
  if (segment.syn) return changedSyn(segment, fate === 'stripped', reserve, recompute)
  if (mended === undefined && !segment.urg && from.edits === undefined && to.edits === undefined) return undefined
  const said = from.numbering
  if (said === undefined) return undefined
  const translation = { said, acknowledged: to.numbering, scale: scaleBetween(from.syn, to.syn), recompute }
  return translate(segment, mended ?? segment.data, translation)
}

function changedSyn(segment: Segment, strip: boolean, reserve: number, recompute: boolean): Uint8Array | undefined {
  const { ip, tcp } = segment
  const { mss } = tcp
  const lowered = mss === undefined ? 0 : Math.max(mss - reserve, Math.min(mss, leastSegment[ip.version]))
  const lower = mss !== undefined && lowered < mss
  if (!strip && !lower && !segment.urg) return undefined
  return rewrite(ip, {
    payload: strip ? nothing : undefined,
    recompute,
    tcp: { flags: { urg: false }, ...(lower ? { mss: lowered } : undefined) },
  })
}

/**
 * Whether a packet can carry what it became. The kernel loses a super-packet that shrinks to one segment or less; a joined packet
 * has no room for another length.
 */
function fits(payload: Uint8Array, { packet, segment, isGso, to }: Passage): boolean {
  const { ip, dataStart, size } = segment
  const now = payload.length - (dataStart - ip.start)
  if (now !== size && packet.fixedLength === true) return false
  return !isGso || now >= size || now > (to.syn?.segmentSize ?? usualSegment)
}
