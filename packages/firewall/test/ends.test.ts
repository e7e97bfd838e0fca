import { formatAddress, keyOf, mirror, type Tuple } from '@nfkit/inet'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyOfEnds } from '../src/said/ends.ts'

/** Few addresses and ports, so that ends are often alike, and one text is often the beginning of another. */
const address = (length: number) =>
  fc
    .array(fc.constantFrom(0, 1, 10, 100), { minLength: length, maxLength: length })
    .map((b) => formatAddress(Uint8Array.from(b)))
const ends = fc.constantFrom(4, 16).chain((length) => fc.tuple(address(length), address(length)))
const port = fc.constantFrom(1, 10, 80, 443)
const streams = fc.record({ protocol: fc.constantFrom(6, 17), ends, from: port, to: port }).map(
  ({ protocol, ends: [source, destination], from, to }): Tuple => ({
    protocol,
    source: { address: source, port: from },
    destination: { address: destination, port: to },
  }),
)
const exchanges = fc
  .record({ ends: fc.tuple(address(4), address(4)), type: fc.constantFrom(0, 3, 8, 13, 14), id: port })
  .map(
    ({ ends: [source, destination], type, id }): Tuple => ({
      protocol: 1,
      source: { address: source },
      destination: { address: destination },
      icmp: { type, code: 0, id },
    }),
  )

test('both directions have the lesser of their two keys', () => {
  fc.assert(
    fc.property(fc.oneof(streams, exchanges), (tuple) => {
      const answer = mirror(tuple)
      const keys = [tuple, answer].flatMap((one) => (one ? [keyOf(one)] : [])).toSorted()
      expect(keyOfEnds(tuple)).toBe(keys[0])
      if (answer) expect(keyOfEnds(answer)).toBe(keys[0])
    }),
  )
})
