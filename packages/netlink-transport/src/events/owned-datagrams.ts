import { align } from '@nfkit/netlink-codec'
import type { Batch } from '../transport.ts'

/** One copy for all datagrams of a batch, each at a multiple of four; `ends` has where each ends. */
export function ownedDatagrams({ bytes, spans, length }: Batch): {
  readonly bytes: Uint8Array
  readonly ends: number[]
} {
  let size = 0
  for (let i = 0; i < length; i++) size += align(spans[2 * i + 1]!)
  const copy = new Uint8Array(size)
  const ends: number[] = []
  let at = 0
  for (let i = 0; i < length; i++) {
    const from = spans[2 * i]!
    const n = spans[2 * i + 1]!
    copy.set(bytes.subarray(from, from + n), at)
    ends.push(at + n)
    at += align(n)
  }
  return { bytes: copy, ends }
}
