import { be16, be32 } from '@nfkit/inet/bytes'
import type { Tcp } from '@nfkit/ip-codec'

const firstAddress = { 4: 12, 6: 8 } as const

/** Whether a segment comes from the lower of its two ends, compared as bytes. The other end's segments come from the higher. */
export function fromLowerEnd({ ip, bytes, start }: Tcp): boolean {
  const at = ip.start + firstAddress[ip.version]
  const size = ip.version === 4 ? 4 : 16
  for (let p = at; p < at + size; p += 4) {
    const [source, destination] = [be32(bytes, p), be32(bytes, p + size)]
    if (source !== destination) return source < destination
  }
  return be16(bytes, start) <= be16(bytes, start + 2)
}

/** A string that the segments of one connection share, of either direction. Opaque, compare only. */
export function keyOf(tcp: Tcp): string {
  const { ip, bytes, start } = tcp
  const lower = fromLowerEnd(tcp)
  const at = ip.start + firstAddress[ip.version]
  const size = ip.version === 4 ? 4 : 16
  const [a, b] = lower ? [at, at + size] : [at + size, at]
  const [from, to] = lower ? [start, start + 2] : [start + 2, start]
  if (size === 4) {
    return String.fromCharCode(
      be16(bytes, a),
      be16(bytes, a + 2),
      be16(bytes, from),
      be16(bytes, b),
      be16(bytes, b + 2),
      be16(bytes, to),
    )
  }
  const words: number[] = []
  for (let p = 0; p < size; p += 2) words.push(be16(bytes, a + p), be16(bytes, b + p))
  return String.fromCharCode(...words, be16(bytes, from), be16(bytes, to))
}
