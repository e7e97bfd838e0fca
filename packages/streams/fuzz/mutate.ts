import type { Random } from '../../netlink-codec/fuzz/random.ts'
import { joined } from '../test/split.ts'

/** Bytes that lengths, types and texts go wrong at. */
const edges = [0, 1, 2, 3, 0x0a, 0x0d, 0x16, 0x20, 0x2c, 0x30, 0x3a, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff]

type Damage = (bytes: Uint8Array, at: number, random: Random, other: Uint8Array) => Uint8Array

/** Ways to damage bytes. */
const ways: readonly Damage[] = [
  (bytes, at, random) => replaced(bytes, at, bytes[at]! ^ (1 << random.below(8))),
  (bytes, at, random) => replaced(bytes, at, random.of(edges)),
  (bytes, at, random) => replaced(bytes, at, bytes[at]! + random.below(5) - 2),
  (bytes, at) => bytes.slice(0, at),
  (bytes, at, random) => joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16))),
  (bytes, at, random, other) =>
    joined(bytes.subarray(0, at), other.subarray(0, 1 + random.below(8)), bytes.subarray(at)),
  (bytes, at, _, other) => joined(bytes.subarray(0, at), other.subarray(Math.min(at, other.length))),
]

function replaced(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const out = bytes.slice()
  if (at < out.length) out[at] = value
  return out
}

/** Damaged once to four times. `other` is what may be spliced in. */
export function mutate(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes = input
  for (let times = 1 + random.below(4); times > 0; times--)
    bytes = random.of(ways)(bytes, random.below(bytes.length + 1), random, other)
  return bytes
}
