import { dataView } from '@nfkit/inet/bytes'
import type { Attrs } from '../schema/attrs.ts'
import type { CountersLayout } from './layout.ts'

/** Packets and bytes one direction has carried. */
export interface FlowCounters {
  /** Packets of one direction. */
  readonly packets: bigint
  /** Bytes of one direction, from the IP header on. */
  readonly bytes: bigint
}

// Each of these is short: V8 inlines so much of a reader of flows and no more.
export function countersAt({ bytes, start }: Attrs, at: CountersLayout): FlowCounters {
  const data = dataView(bytes)
  return { packets: count(data, start, at.packets), bytes: count(data, start, at.bytes) }
}

const count = (data: DataView, start: number, at: number): bigint => (at < 0 ? 0n : big(data, start + at))

/** Making a bigint of each half is the slow way, and few counters have a high one. */
const big = (data: DataView, p: number): bigint =>
  data.getUint32(p) === 0 ? BigInt(data.getUint32(p + 4)) : data.getBigUint64(p)
