import * as fc from 'fast-check'

/** One act of damage to a run of bytes. Places are taken modulo its length. */
export type Damage =
  | { readonly act: 'flip'; readonly at: number; readonly bits: number }
  | { readonly act: 'cut'; readonly at: number; readonly count: number }
  | { readonly act: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly act: 'length'; readonly at: number; readonly value: number }

export const anyDamage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ act: fc.constant('flip' as const), at: fc.nat(), bits: fc.integer({ min: 1, max: 0xff }) }),
  fc.record({ act: fc.constant('cut' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 64 }) }),
  fc.record({
    act: fc.constant('insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
  }),
  // A length field that is nearly right, or one of the numbers that go wrong.
  fc.record({
    act: fc.constant('length' as const),
    at: fc.nat(),
    value: fc.oneof(fc.nat(8), fc.nat(0xffff), fc.constantFrom(0, 1, 3, 4, 5, 0x7fff, 0x8000, 0xfffc, 0xffff)),
  }),
)

export function damage(bytes: Uint8Array, how: Damage): Uint8Array {
  const at = bytes.length === 0 ? 0 : how.at % bytes.length
  switch (how.act) {
    case 'flip': {
      const out = bytes.slice()
      if (at < out.length) out[at]! ^= how.bits
      return out
    }
    case 'cut':
      return join(bytes.subarray(0, at), bytes.subarray(at + how.count))
    case 'insert':
      return join(bytes.subarray(0, at), how.bytes, bytes.subarray(at))
    case 'length': {
      const out = bytes.slice()
      const aligned = at & ~3
      if (aligned + 2 <= out.length) out.set([how.value & 0xff, how.value >> 8], aligned)
      return out
    }
  }
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
