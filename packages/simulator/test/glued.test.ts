import { encodeAttrs, Writer } from '@nfkit/netlink-codec'
import { conntrack } from '@nfkit/netlink-codec/conntrack'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Connection } from '../src/conntrack/table/connection.ts'
import { writeGlued } from '../src/conntrack/table/glued.ts'
import { newTrack } from '../src/conntrack/table/state/tcp.ts'
import { attributesOf, writeTuple } from '../src/conntrack/table/tuple/attributes.ts'
import type { Tuple } from '../src/conntrack/table/tuple/tuple.ts'

const port = fc.nat(0xffff)
const anyTuple: fc.Arbitrary<Tuple> = fc
  .record({
    isIpv4: fc.boolean(),
    protocol: fc.constantFrom(1, 6, 17, 47, 50, 58),
    from: port,
    to: port,
    end: fc.nat(255),
  })
  .map(({ isIpv4, protocol, from, to, end }) => {
    const [source, destination] = [0, 1].map((more) => new Uint8Array(isIpv4 ? 4 : 16).fill(end + more))
    const ported = ![1, 50, 58].includes(protocol)
    return { family: isIpv4 ? 2 : 10, source: source!, destination: destination!, protocol, ported, from, to }
  })
const anyZone = fc.option(fc.nat(0xffff), { nil: undefined })

test('a tuple is written as the table encodes its attributes', () => {
  fc.assert(
    fc.property(anyTuple, anyZone, (tuple, zone) => {
      const writer = new Writer()
      writeTuple(writer, conntrack.rows.tupleReply.id, tuple, zone)
      expect(writer.copy()).toEqual(encodeAttrs(conntrack, { tupleReply: attributesOf(tuple, zone) }))
    }),
  )
})

test('what a queued packet says of its connection is what the table encodes, in the kernel’s order', () => {
  const [client, server] = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(198, 51, 100, 1)]
  const original = { family: 2, source: client, destination: server, protocol: 6, ported: true, from: 1000, to: 443 }
  const connection = new Connection(0xfedc_ba98, original, undefined, { id: 7, direction: 'both' })
  const tcp = newTrack()
  const [one, other] = tcp.sides
  Object.assign(one, { scale: 7, flags: 0x23 })
  Object.assign(other, { scale: 9, flags: 3 })
  tcp.state = 3
  const labels = new Uint8Array(16).fill(1)
  const counters = [
    { packets: 3n, bytes: 300n },
    { packets: 2n, bytes: 200n },
  ] as const
  Object.assign(connection, { tcp, status: 0x18e, mark: 5, expires: 90_500, start: 17n, labels, counters })
  const writer = new Writer()
  writeGlued(writer, connection, 500)
  expect(writer.copy()).toEqual(
    encodeAttrs(conntrack, {
      tupleOrig: attributesOf(original),
      tupleReply: attributesOf(connection.reply),
      zone: 7,
      id: 0xfedc_ba98,
      status: 0x18e,
      timeout: 90,
      protoinfo: {
        tcp: {
          state: 3,
          wscaleOriginal: 7,
          wscaleReply: 9,
          flagsOriginal: { flags: 0x23, mask: 0 },
          flagsReply: { flags: 3, mask: 0 },
        },
      },
      countersOrig: counters[0],
      countersReply: counters[1],
      timestamp: { start: 17n, stop: undefined },
      mark: 5,
      labels,
    }),
  )
})
