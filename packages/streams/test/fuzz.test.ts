import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TrackerOptions } from '../src/index.ts'
import { mss, sack, TestPacket, timestamps, Wire, windowScale } from './wire.ts'

/** Segments near each other, of both ends, with flags, options and damage of any kind. */
const segment = fc.record({
  side: fc.constantFrom('client', 'server'),
  at: fc.oneof(fc.integer({ min: -3, max: 40 }), fc.integer({ min: -70_000, max: 70_000 })),
  acknowledges: fc.oneof(fc.integer({ min: -3, max: 40 }), fc.integer({ min: -70_000, max: 70_000 })),
  data: fc.uint8Array({ maxLength: 12 }),
  window: fc.constantFrom(0, 5, 100, 0xffff),
  flags: fc.record({
    syn: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    fin: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    rst: fc.oneof({ weight: 12, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    ack: fc.oneof({ weight: 1, arbitrary: fc.constant(false) }, { weight: 8, arbitrary: fc.constant(true) }),
    urg: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  options: fc.subarray([mss(100), windowScale(3), timestamps(7), sack({ left: 1_010, right: 1_020 })]),
  damage: fc.option(fc.tuple(fc.nat(200), fc.nat(255)), { freq: 8, nil: undefined }),
  cut: fc.option(fc.nat(70), { freq: 12, nil: undefined }),
  wait: fc.constantFrom(0, 0, 0, 1, 500),
})

const options: fc.Arbitrary<Partial<TrackerOptions>> = fc.record({
  midstream: fc.constantFrom('follow', 'accept'),
  differing: fc.constantFrom('mend', 'drop'),
  urgent: fc.constantFrom('inline', 'drop'),
  synData: fc.constantFrom('strip', 'wait'),
  reserve: fc.constantFrom(0, 30),
  waitingPieces: fc.constantFrom(2, 100),
  holdPackets: fc.constantFrom(1, 5),
  heldPackets: fc.constantFrom(1, 8),
  backlogBytes: fc.constantFrom(4, 1_000),
  bytes: fc.constantFrom(600, 1_000_000),
})

/** What the program does with a connection. */
const uses = fc.constantFrom<TrackerOptions['judge']>(
  () => undefined,
  () => 'accept',
  ({ client, server }) => {
    client.listen(() => {})
    server.rewrite((_, position) =>
      position % 3 === 0 ? [{ at: position, removed: 1, inserted: Uint8Array.of(1, 2, 3) }] : [],
    )
  },
  ({ client }) => {
    client.rewrite((chunk, position) =>
      chunk.length > 4 ? [{ at: position + 1, removed: 3, inserted: new Uint8Array(0) }] : [],
    )
  },
  (connection) =>
    connection.holdUntil(({ bytes }) => (bytes.length < 9 ? undefined : bytes[0]! > 100 ? 'accept' : 'drop')),
  async ({ client }) => {
    try {
      for await (const chunk of client) expect(chunk.length).toBeGreaterThan(0)
    } catch (error) {
      expect(error).toMatchObject({ name: 'StreamError' })
    }
  },
)

test('no packets whatever throw, are judged twice, or leave memory behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      options,
      uses,
      fc.array(segment, { maxLength: 40 }),
      fc.boolean(),
      async (chosen, judge, segments, opens) => {
        const wire = new Wire({ ...chosen, judge })
        if (opens) wire.open([mss(100), windowScale(3)])
        const packets: TestPacket[] = []
        const promises: Promise<void>[] = []
        for (const { side, flags, damage, cut, wait, ...said } of segments) {
          const bytes = wire.bytes(side as 'client', { ...said, ...flags })
          if (damage !== undefined) bytes[damage[0] % bytes.length] = damage[1]
          const packet = new TestPacket(cut === undefined ? bytes : bytes.subarray(0, cut))
          packets.push(packet)
          const result = wire.tracker.push(packet)
          if (result !== undefined) promises.push(result)
          wire.clock.advance(wait)
        }
        wire.tracker.close()
        await Promise.all(promises)
        expect([wire.tracker.held, wire.tracker.bytes]).toEqual([0, 0])
      },
    ),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 2_000) },
  )
})
