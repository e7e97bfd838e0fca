import type { NftElement } from '@nfkit/netlink-codec/nftables'

/** Bytes of elements that go into one message: an attribute holds 65,535, less its header. */
const mostElements = 60_000

/** Elements, as many as fit into a message at a time. */
export function* chunks(elements: readonly NftElement[]): Generator<readonly NftElement[]> {
  let [start, size] = [0, 0]
  for (const [i, element] of elements.entries()) {
    const bytes = sizeOf(element)
    if (size + bytes > mostElements) {
      yield elements.slice(start, i)
      start = i
      size = 0
    }
    size += bytes
  }
  if (start < elements.length) yield elements.slice(start)
}

/** Bytes of an element on the wire, or a few more. */
function sizeOf({ key, keyEnd, data, timeout, flags, userdata }: NftElement): number {
  const value = (nest: typeof key) => (nest === undefined ? 0 : 12 + (nest.value?.length ?? 280))
  return (
    4 +
    value(key) +
    value(keyEnd) +
    value(data) +
    (timeout === undefined ? 0 : 12) +
    (flags === undefined ? 0 : 8) +
    (userdata === undefined ? 0 : 8 + userdata.length)
  )
}
