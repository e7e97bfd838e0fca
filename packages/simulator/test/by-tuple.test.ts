import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByTuple } from '../src/conntrack/table/by-tuple.ts'
import { Connection } from '../src/conntrack/table/connection.ts'
import { inverse, type Tuple } from '../src/conntrack/table/tuple/tuple.ts'
import { type Zone, zoneOf } from '../src/conntrack/table/zone.ts'

const anyTuple: fc.Arbitrary<Tuple> = fc
  .record({ isIpv4: fc.boolean(), from: fc.nat(3), to: fc.nat(3), ends: fc.tuple(fc.nat(2), fc.nat(2)) })
  .map(({ isIpv4, from, to, ends }) => {
    const [source, destination] = ends.map((end) => new Uint8Array(isIpv4 ? 4 : 16).fill(end))
    return { family: isIpv4 ? 2 : 10, source: source!, destination: destination!, protocol: 17, ported: true, from, to }
  })
const anyZone: fc.Arbitrary<Zone> = fc.record({
  id: fc.nat(1),
  direction: fc.constantFrom('both', 'original', 'reply'),
})
const anyConnection = fc
  .record({ id: fc.nat(), original: anyTuple, reply: fc.option(anyTuple, { nil: undefined }), zone: anyZone })
  .map(({ id, original, reply, zone }) => new Connection(id, original, reply, zone))
const anySteps = fc.array(fc.record({ isIn: fc.boolean(), which: fc.nat(), reply: fc.boolean() }), { size: 'large' })

const keyOf = ({ source, destination, from, to }: Tuple, zone: number) =>
  [source, destination, from, to, zone].join(' ')

test('each tuple in each zone finds what a map by their texts would hold', () => {
  fc.assert(
    fc.property(fc.array(anyConnection, { minLength: 1, maxLength: 300 }), anySteps, (connections, steps) => {
      const [index, map] = [new ByTuple(), new Map<string, { connection: Connection; reply: boolean }>()]
      for (const { isIn, which, reply } of steps) {
        const connection = connections[which % connections.length]!
        const key = keyOf(reply ? connection.reply : connection.original, zoneOf(connection.zone, reply))
        if (isIn) {
          index.set(connection, reply)
          map.set(key, { connection, reply })
        } else {
          index.delete(connection, reply)
          map.delete(key)
        }
      }
      for (const { original, reply } of connections)
        for (const tuple of [original, reply])
          for (const zone of [0, 1]) {
            const [found, wanted] = [index.get(tuple, zone), map.get(keyOf(tuple, zone))]
            expect(found?.connection).toBe(wanted?.connection)
            expect(found?.reply).toBe(wanted?.reply)
          }
    }),
  )
})

test('it finds thousands, also when most of them have gone again', () => {
  const index = new ByTuple()
  const made = Array.from({ length: 5_000 }, (_, i) => {
    const [source, destination] = [Uint8Array.of(10, 0, i >> 8, i & 255), Uint8Array.of(192, 0, 2, 1)]
    const original = { family: 2, source, destination, protocol: 17, ported: true, from: i, to: 53 }
    return new Connection(i, original, undefined, { id: 0, direction: 'both' })
  })
  for (const one of made) for (const reply of [false, true]) index.set(one, reply)
  for (const one of made.slice(0, 4_950)) for (const reply of [false, true]) index.delete(one, reply)
  for (const [i, one] of made.entries()) {
    expect(index.get(one.original, 0)?.connection).toBe(i < 4_950 ? undefined : one)
    expect(index.get(inverse(one.original)!, 0)?.reply).toBe(i < 4_950 ? undefined : true)
  }
})
