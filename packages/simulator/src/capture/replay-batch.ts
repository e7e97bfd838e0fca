import type { Batch } from '@nfkit/netlink-transport'

/** What released memory is filled with, so that whoever still reads it sees nonsense. */
const poison = 0xdd

/** Datagrams as a transport delivers them: copied together, and spoilt when they are released. */
export function batchOf(datagrams: readonly Uint8Array[]): Batch {
  const spans = new Int32Array(2 * datagrams.length)
  let size = 0
  for (const [i, { length }] of datagrams.entries()) {
    spans.set([size, length], 2 * i)
    size += (length + 3) & ~3
  }
  const bytes = new Uint8Array(size)
  for (const [i, datagram] of datagrams.entries()) bytes.set(datagram, spans[2 * i])
  return { bytes, spans, length: datagrams.length, release: () => void bytes.fill(poison) }
}
