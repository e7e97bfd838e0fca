import { be32, putBe32 } from '@nfkit/inet/bytes'
import { fillChecksums, type IpPacket } from '@nfkit/ip-codec'

const kind = { end: 0, padding: 1, sack: 5 } as const

/** Maps both edges of a block; `undefined` for a block that is empty after it. */
export type MapBlock = (left: number, right: number) => readonly [number, number] | undefined

/** Map the blocks of selective acknowledgments of a packet in place, and its checksum with them. Padding takes the room of those that go. */
export function mapSack(ip: IpPacket, map: MapBlock): void {
  const { tcp } = ip
  if (tcp === undefined) return
  const { bytes, start, headerLength } = tcp
  const end = start + headerLength
  for (let at = start + 20; at + 1 < end && bytes[at] !== kind.end; ) {
    if (bytes[at] === kind.padding) {
      at++
      continue
    }
    const length = bytes[at + 1]!
    if (length < 2 || at + length > end) return
    if (bytes[at] === kind.sack && length % 8 === 2) {
      mapBlocks(bytes, at, length, map)
      fillChecksums(ip)
    }
    at += length
  }
}

function mapBlocks(bytes: Uint8Array, at: number, length: number, map: MapBlock): void {
  let kept = at + 2
  for (let block = at + 2; block < at + length; block += 8) {
    const mapped = map(be32(bytes, block), be32(bytes, block + 4))
    if (mapped === undefined) continue
    putBe32(bytes, kept, mapped[0])
    putBe32(bytes, kept + 4, mapped[1])
    kept += 8
  }
  if (kept === at + 2) kept = at
  else bytes[at + 1] = kept - at
  bytes.fill(kind.padding, kept, at + length)
}
