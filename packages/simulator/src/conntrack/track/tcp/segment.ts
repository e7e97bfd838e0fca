import { be16, be32 } from '@nfkit/inet/bytes'
import type { Layout } from '../../../layout.ts'
import type { SegmentKind } from '../../table/state/tcp.ts'
import { after } from './sequence.ts'

export interface Segment {
  readonly kind: SegmentKind
  readonly reset: boolean
  readonly synchronizes: boolean
  readonly acknowledges: boolean
  readonly sequence: number
  readonly acknowledged: number
  /** The highest it acknowledges, selectively or not: for a receiver that may. */
  readonly selected: number
  /** The sequence number after it. */
  readonly end: number
  /** As it stands in the header, unscaled. */
  readonly window: number
  /** What its options offer; `undefined` when it has none at all. */
  readonly offers: { readonly scale: number | undefined; readonly selective: boolean } | undefined
}

const bit = { fin: 1, syn: 2, rst: 4, ack: 16, urg: 32 } as const
const judged = bit.fin | bit.syn | bit.rst | bit.ack | bit.urg

/** The combinations of flags there are (tcp_valid_flags); PSH, ECE and CWR may come with any. */
const possible: readonly number[] = [
  bit.syn,
  bit.syn | bit.urg,
  bit.syn | bit.ack,
  bit.rst,
  bit.rst | bit.ack,
  bit.fin | bit.ack,
  bit.fin | bit.ack | bit.urg,
  bit.ack,
  bit.ack | bit.urg,
]

function kindOf(has: (one: number) => boolean): SegmentKind {
  if (has(bit.rst)) return 'rst'
  if (has(bit.syn)) return has(bit.ack) ? 'synack' : 'syn'
  return has(bit.fin) ? 'fin' : 'ack'
}

/** Read a segment; `undefined` when its header is not whole. */
export function segmentOf(bytes: Uint8Array, { transport }: Layout): Segment | undefined {
  const header = 4 * ((bytes[transport + 12] ?? 0) >> 4)
  if (header < 20 || transport + header > bytes.length) return undefined
  const flags = bytes[transport + 13]! & judged
  const has = (one: number) => (flags & one) !== 0
  const sequence = be32(bytes, transport + 4)
  const acknowledged = be32(bytes, transport + 8)
  const length = bytes.length - transport - header + (has(bit.syn) ? 1 : 0) + (has(bit.fin) ? 1 : 0)
  const { offers, selected } = options(bytes, transport + 20, transport + header, acknowledged)
  return {
    kind: possible.includes(flags) ? kindOf(has) : 'none',
    reset: has(bit.rst),
    synchronizes: has(bit.syn),
    acknowledges: has(bit.ack),
    sequence,
    acknowledged,
    selected,
    end: (sequence + length) >>> 0,
    window: be16(bytes, transport + 14),
    offers,
  }
}

const option = { end: 0, nop: 1, windowScale: 3, sackPermitted: 4, sack: 5 } as const
const largestScale = 14

/** tcp_options and tcp_sack, net/netfilter/nf_conntrack_proto_tcp.c. */
function options(
  bytes: Uint8Array,
  from: number,
  to: number,
  acknowledged: number,
): Pick<Segment, 'offers' | 'selected'> {
  if (from === to) return { offers: undefined, selected: acknowledged }
  let scale: number | undefined
  let selective = false
  let selected = acknowledged
  for (let p = from; p < to; ) {
    const kind = bytes[p]!
    if (kind === option.end) break
    if (kind === option.nop) {
      p++
      continue
    }
    // What follows the last byte of the header is no length, but too long for one in any case.
    const length = bytes[p + 1] ?? 0
    if (length < 2 || p + length > to) break
    if (kind === option.windowScale && length === 3) scale = Math.min(bytes[p + 2]!, largestScale)
    if (kind === option.sackPermitted && length === 2) selective = true
    if (kind === option.sack && length % 8 === 2)
      for (let block = p + 2; block < p + length; block += 8) {
        const edge = be32(bytes, block + 4)
        if (after(edge, selected)) selected = edge
      }
    p += length
  }
  return { offers: { scale, selective }, selected }
}
