import { formatAddress, type Tuple } from '@nfkit/inet'
import { be16, be32, putBe16 } from '@nfkit/inet/bytes'
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

/** A string that the segments of one connection share, of either direction: the lower address, the higher one, their ports. */
export function keyOf(tcp: Tcp, lower: boolean): string {
  const { ip, bytes, start } = tcp
  const source = ip.start + firstAddress[ip.version]
  const size = ip.version === 4 ? 4 : 16
  const a = lower ? source : source + size
  const b = lower ? source + size : source
  const ports = lower ? [be16(bytes, start), be16(bytes, start + 2)] : [be16(bytes, start + 2), be16(bytes, start)]
  const [portA, portB] = ports as [number, number]
  if (size === 4) {
    return String.fromCharCode(be16(bytes, a), be16(bytes, a + 2), be16(bytes, b), be16(bytes, b + 2), portA, portB)
  }
  const words: number[] = []
  for (const from of [a, b]) for (let p = 0; p < size; p += 2) words.push(be16(bytes, from + p))
  return String.fromCharCode(...words, portA, portB)
}

/** The tuple of the segments that one end of a key's connection sends. */
export function tupleOf(key: string, lower: boolean): Tuple {
  const words = (key.length - 2) / 2
  const end = (index: number) => {
    const address = new Uint8Array(2 * words)
    for (let i = 0; i < words; i++) putBe16(address, 2 * i, key.charCodeAt(index * words + i))
    return { address: formatAddress(address), port: key.charCodeAt(2 * words + index) }
  }
  const [source, destination] = lower ? [end(0), end(1)] : [end(1), end(0)]
  return { protocol: 'tcp', source, destination }
}
