import { parseIpv4 } from '@nfkit/inet'
import { putBe32 } from '@nfkit/inet/bytes'
import { align, putU16 } from '@nfkit/netlink-codec'
import { nftData, nftElement, nftElements } from '@nfkit/netlink-codec/nftables'
import { bytesOf, type Kind, kindOf, ordered } from '../datatype/bytes.ts'
import type { Value } from '../datatype/value.ts'
import type { Element } from '../values/element.ts'
import { type List, mostElements } from './chunk.ts'

/** NLA_F_NESTED, and the number that list entries have. */
const [nested, listElement] = [0x8000, 1]

/** Whether elements have nothing but a value: of these there may be very many, and they are all written alike. */
export const arePlain = (elements: readonly Element[]): boolean =>
  elements.every(
    ({ set, value, timeoutMilliseconds, expiresMilliseconds, comment }) =>
      !set.interval &&
      set.key.length === 1 &&
      value === undefined &&
      timeoutMilliseconds === undefined &&
      expiresMilliseconds === undefined &&
      comment === undefined,
  )

/** The same as `lists`, for such elements: entry, key and value lie in one another, and each entry is as long as the others. */
export function* plainLists(all: readonly Element[]): Generator<List> {
  const kind = kindOf(all[0]!.set.key[0]!)
  const size = 12 + align(kind.length)
  const most = Math.floor(mostElements / size)
  for (let start = 0; start < all.length; start += most) {
    const elements = all.slice(start, start + most)
    const bytes = new Uint8Array(size * elements.length)
    for (let at = 0; at < bytes.length; at += size) {
      putU16(bytes, at, size)
      putU16(bytes, at + 2, listElement | nested)
      putU16(bytes, at + 4, size - 4)
      putU16(bytes, at + 6, nftElement.rows.key.id | nested)
      putU16(bytes, at + 8, 4 + kind.length)
      putU16(bytes, at + 10, nftData.rows.value.id)
      putValue(kind, elements[at / size]!.key as Value, bytes, at + 12)
    }
    const list = { id: nftElements.rows.elements.id | nested, bytes }
    yield { attrs: { unknown: [list] }, origins: elements.map((_, i) => start + i) }
  }
}

function putValue(kind: Kind, value: Value, into: Uint8Array, at: number): void {
  const address = kind.type === 'ipv4_addr' ? parseIpv4(value as string) : undefined
  if (address === undefined) into.set(ordered(kind, bytesOf(kind, value, 'element')), at)
  else putBe32(into, at, address)
}
