import { whole } from '@nfkit/netlink-codec'
import { type StatusName, status } from '@nfkit/netlink-codec/conntrack'
import { meaningOf } from '../known.ts'

/** Status bits by name, or as the number they make. */
export type StatusBits = readonly StatusName[] | number

/** Throws `EncodeError` for a name there is not, and for what is neither names nor a number of 32 bits. */
export function statusBits(bits: StatusBits): number {
  if (!Array.isArray(bits)) return whole(bits, 0xffff_ffff, 'CTA_STATUS')
  let all = 0
  for (const name of bits) all |= meaningOf(name, status, 'CTA_STATUS', 'status')
  return all
}
