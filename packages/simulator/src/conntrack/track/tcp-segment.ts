import { be16, be32 } from '@nfkit/inet/bytes'
import type { Layout } from '../../layout.ts'

/** What a segment is to the state machine; `none` is a combination of flags no connection has. */
export type SegmentKind = 'syn' | 'synack' | 'fin' | 'ack' | 'rst' | 'none'

export interface Segment {
  readonly kind: SegmentKind
  readonly reset: boolean
  readonly synchronizes: boolean
  readonly acknowledges: boolean
  readonly sequence: number
  readonly acknowledged: number
  /** The sequence number after it. */
  readonly end: number
  readonly window: number
  /** Of its options. */
  readonly scale: number | undefined
  readonly selective: boolean
}

/** Read a TCP header; `undefined` when there is no whole one. */
export function segmentOf(bytes: Uint8Array, { transport }: Layout): Segment | undefined {
  if (transport + 20 > bytes.length) return undefined
  const header = 4 * (bytes[transport + 12]! >> 4)
  if (header < 20 || transport + header > bytes.length) return undefined
  const flags = bytes[transport + 13]!
  const [fin, syn, reset, ack] = [1, 2, 4, 16].map((bit) => (flags & bit) !== 0) as [boolean, boolean, boolean, boolean]
  const sequence = be32(bytes, transport + 4)
  const length = bytes.length - transport - header + (syn ? 1 : 0) + (fin ? 1 : 0)
  return {
    kind: reset ? 'rst' : syn ? (ack ? 'synack' : 'syn') : fin ? 'fin' : ack ? 'ack' : 'none',
    reset,
    synchronizes: syn,
    acknowledges: ack,
    sequence,
    acknowledged: be32(bytes, transport + 8),
    end: (sequence + length) >>> 0,
    window: be16(bytes, transport + 14),
    ...options(bytes, transport + 20, transport + header),
  }
}

const largestScale = 14

function options(bytes: Uint8Array, from: number, to: number): Pick<Segment, 'scale' | 'selective'> {
  let scale: number | undefined
  let selective = false
  for (let p = from; p < to; ) {
    const kind = bytes[p]!
    if (kind === 0) break
    if (kind === 1) {
      p++
      continue
    }
    const length = bytes[p + 1]!
    if (length < 2 || p + length > to) break
    if (kind === 3 && length === 3) scale = Math.min(bytes[p + 2]!, largestScale)
    if (kind === 4 && length === 2) selective = true
    p += length
  }
  return { scale, selective }
}
