import type { Segment } from './segment.ts'

/** A shift beyond this counts as this (RFC 7323, 2.3). */
const largestScale = 14

/** What a SYN says of its sender. */
export interface Synchronization {
  /** The sequence number of the first byte of data. */
  readonly origin: number
  /** How far the sender's windows are shifted; `undefined` where it does not shift. */
  readonly scale: number | undefined
  /** The largest segment it takes, in bytes of data; `undefined` where it does not say. */
  readonly segmentSize: number | undefined
  /** The window it announces, in bytes: that of a SYN is never shifted. */
  readonly window: number
  /** Whether it tells its clock. */
  readonly timestamps: boolean
  /** Whether it signs its segments: nothing in them can be changed then. */
  readonly signed: boolean
  /** The data it carried: read by hosts with TCP Fast Open (RFC 7413) alone. */
  readonly data: Uint8Array | undefined
}

/** What the SYN in a segment says; its data only where that may count. */
export function synchronizationOf(segment: Segment, withData: boolean): Synchronization {
  const shift = segment.tcp.option('windowScale')?.shift
  return {
    origin: (segment.sequence + 1) | 0,
    scale: shift === undefined ? undefined : Math.min(shift, largestScale),
    segmentSize: segment.tcp.mss,
    window: segment.window,
    timestamps: segment.timestamp !== undefined,
    signed: segment.signed,
    data: withData && segment.size > 0 ? segment.data.slice() : undefined,
  }
}

/**
 * How far the windows of one end are shifted: only where both SYNs have the option. Where one was not seen it counts as the largest, so
 * that a window is never taken for smaller than it is.
 */
export function scaleBetween(own: Synchronization | undefined, other: Synchronization | undefined): number {
  if (own === undefined || other === undefined) return largestScale
  return other.scale === undefined ? 0 : (own.scale ?? 0)
}
