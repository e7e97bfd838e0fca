import { be64, dataView } from '@nfkit/inet/bytes'
import type { Attrs } from '../schema/attrs.ts'
import type { CountersLayout } from './layout.ts'

/** Packets and bytes one direction has carried. */
export interface FlowCounters {
  /** Packets of one direction. */
  readonly packets: bigint
  /** Bytes of one direction, from the IP header on. */
  readonly bytes: bigint
}

export const countersAt = (attrs: Attrs, { packets, bytes }: CountersLayout): FlowCounters => ({
  packets: count(attrs, packets),
  bytes: count(attrs, bytes),
})

/** A 64-bit counter. Making a bigint of each half is the slow way, and few have a high one. */
function count({ bytes, start }: Attrs, at: number): bigint {
  if (at < 0) return 0n
  const data = dataView(bytes)
  return data.getUint32(start + at) === 0 ? BigInt(data.getUint32(start + at + 4)) : be64(bytes, start + at)
}
