import { align, u16, u32 } from '../src/index.ts'
import type { Random } from './random.ts'

/** Numbers that lengths go wrong at. */
const edges = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 20, 0x7fff, 0x8000, 0xfffb, 0xfffc, 0xffff]

/** Damaged once to four times: mostly where it hurts, at headers and lengths. `other` is what may be spliced in. */
export function mutate(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes: Uint8Array = input.slice()
  for (let times = 1 + random.below(4); times > 0; times--) bytes = damage(random, bytes, other)
  // With its length right again the damage reaches those who read attributes.
  if (random.below(3) > 0 && bytes.length >= 4) put(bytes, 0, bytes.length, 4)
  return bytes
}

function damage(random: Random, b: Uint8Array, other: Uint8Array): Uint8Array {
  const at = random.below(b.length + 1)
  switch (random.below(9)) {
    case 0: // flip one bit
      if (at < b.length) b[at]! ^= 1 << random.below(8)
      return b
    case 1: // set one byte
      if (at < b.length) b[at] = random.of(edges)
      return b
    case 2: // cut the end
      return b.slice(0, at)
    case 3: // cut a piece
      return join(b.subarray(0, at), b.subarray(Math.min(b.length, at + 1 + random.below(16))))
    case 4: // insert a few bytes
      return join(b.subarray(0, at), other.subarray(0, 1 + random.below(8)), b.subarray(at))
    case 5: {
      // splice: the head of one, the tail of another, at a boundary of both
      const from = random.below(other.length + 1) & ~3
      return join(b.subarray(0, at & ~3), other.subarray(from))
    }
    case 6: {
      // a message length, right again or nearly so
      if (b.length >= 4) put(b, 0, b.length + random.below(9) - 4, 4)
      return b
    }
    default:
      return damageHeader(random, b)
  }
}

/** Change the length or the type of one attribute, found by walking in. */
function damageHeader(random: Random, b: Uint8Array): Uint8Array {
  let p = 20
  let end = Math.min(b.length, b.length >= 4 ? u32(b, 0) : 0)
  while (p + 4 <= end) {
    const length = u16(b, p)
    const fits = length >= 4 && p + length <= end
    if (!fits || random.below(4) === 0) break
    if (length > 8 && random.below(3) === 0) {
      end = p + length
      p += 4
    } else {
      p += align(length)
    }
  }
  if (p + 4 > b.length) return b
  if (random.below(3) === 0) put(b, p + 2, random.below(2) === 0 ? random.below(32) | 0x8000 : random.below(0x10000), 2)
  else put(b, p, random.below(2) === 0 ? random.of(edges) : u16(b, p) + random.below(9) - 4, 2)
  return b
}

function put(b: Uint8Array, p: number, value: number, size: number): void {
  for (let i = 0; i < size && p + i < b.length; i++) b[p + i] = value >>> (8 * i)
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
