import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Direction } from '../src/direction/direction.ts'
import type { DirectionLimits } from '../src/direction/owner.ts'
import { type Favour, ReceivingHost } from './host.ts'
import { bytesOf, text } from './wire.ts'

const limits: DirectionLimits = { history: 4_096, waitingBytes: 4_096, waitingPieces: 256, differing: 'mend' }

/** A direction, and all it has told. */
function listening(origin: number, changes: Partial<DirectionLimits> = {}) {
  const read: number[] = []
  const missed: [number, number][] = []
  const told = { read, missed, ended: false, kept: 0 }
  const direction = new Direction(
    origin,
    { ...limits, ...changes },
    {
      isHeard: true,
      said(data, position) {
        expect(position).toBe(read.length)
        read.push(...data)
      },
      missed(from, to) {
        expect(from).toBe(read.length)
        missed.push([from, to])
        for (let i = from; i < to; i++) read.push(0)
      },
      ended() {
        expect(told.ended).toBe(false)
        told.ended = true
      },
      charge(bytes) {
        told.kept += bytes
      },
    },
  )
  const take = (at: number, data: string | Uint8Array, fin = false) =>
    direction.take({ sequence: (origin + at) >>> 0, size: data.length, data: bytesOf(data), fin })
  return { direction, told, take, text: () => text(Uint8Array.from(read)) }
}

/** A stream, its pieces in some order, some of them twice. */
const pieces = fc.uint8Array({ minLength: 1, maxLength: 200 }).chain((stream) =>
  fc.record({
    stream: fc.constant(stream),
    origin: fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0xffff_ff00, max: 0xffff_ffff })),
    cuts: fc.array(fc.integer({ min: 1, max: Math.max(1, stream.length - 1) }), { maxLength: 20 }),
    seed: fc.infiniteStream(fc.integer({ min: 0, max: 1_000_000 })),
    again: fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(stream.length)), { maxLength: 10 }),
  }),
)

function segmentsOf(stream: Uint8Array, cuts: readonly number[]): [number, Uint8Array][] {
  const edges = [...new Set([0, ...cuts.filter((cut) => cut < stream.length), stream.length])].sort((a, b) => a - b)
  return edges.slice(0, -1).map((from, i) => [from, stream.slice(from, edges[i + 1])])
}

describe('any split, order and repetition of a stream', () => {
  test('gives the stream, and its end', () => {
    fc.assert(
      fc.property(pieces, ({ stream, origin, cuts, seed, again }) => {
        const { told, take, direction } = listening(origin)
        const all = segmentsOf(stream, cuts).map(([at, data]) => ({
          at,
          data,
          fin: at + data.length === stream.length,
        }))
        for (const [from, size] of again) {
          const data = stream.slice(from, from + size)
          if (data.length > 0) all.push({ at: from, data, fin: false })
        }
        const order = all.map((one) => [seed.next().value as number, one] as const).sort(([a], [b]) => a - b)
        for (const [, { at, data, fin }] of order) expect(['read', 'repeated']).toContain(take(at, data, fin))
        expect(told.read).toEqual([...stream])
        expect(told.ended).toBe(true)
        direction.acknowledge(stream.length + 1, stream.length + 1_000)
        direction.close()
        expect(told.kept).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  test('gives the stream and the places that are missing when some never come and are acknowledged all the same', () => {
    fc.assert(
      fc.property(
        pieces,
        fc.array(fc.boolean(), { minLength: 25, maxLength: 25 }),
        ({ stream, origin, cuts, seed }, lost) => {
          const { told, take, direction } = listening(origin)
          const all = segmentsOf(stream, cuts).map(([at, data], i) => ({ at, data, gone: lost[i]! }))
          const order = all
            .filter(({ gone }) => !gone)
            .map((one) => [seed.next().value as number, one] as const)
            .sort(([a], [b]) => a - b)
          for (const [, { at, data }] of order) take(at, data)
          direction.acknowledge(stream.length, stream.length + 1_000)
          const expected = Uint8Array.from(stream)
          for (const { at, data, gone } of all) if (gone) expected.fill(0, at, at + data.length)
          expect(told.read).toEqual([...expected])
          const missing = new Set(
            told.missed.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i)),
          )
          const gone = all.filter((one) => one.gone).flatMap(({ at, data }) => [...data.keys()].map((i) => at + i))
          expect([...missing].sort((a, b) => a - b)).toEqual(gone)
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** Segments of a small stream that contradict each other, one in so many of which says that it ends. */
const contradicting = (length: number, oneIn: number) =>
  fc.array(
    fc.record({
      at: fc.nat(length),
      data: fc.uint8Array({ minLength: 0, maxLength: length / 2 }),
      fin: fc.nat(oneIn - 1).map((one) => one === 0),
      acknowledged: fc.nat(length),
    }),
    { minLength: 1, maxLength: 40 },
  )

describe.each(['mend', 'drop'] as const)('where copies differ and the policy is to %s', (differing) => {
  test.each(['first', 'last'] as const)(
    'a host that favours the %s copy reads what the tracker reads',
    (favour: Favour) => {
      fc.assert(
        fc.property(contradicting(24, 5), (segments) => {
          const { told, take, direction } = listening(7, { differing })
          const host = new ReceivingHost(favour)
          for (const { at, data, fin, acknowledged } of segments) {
            const fate = take(at, data, fin)
            if (fate instanceof Uint8Array) host.take(at, fate, fin)
            else if (fate === 'read' || fate === 'repeated') host.take(at, data, fin)
            direction.acknowledge(Math.min(acknowledged, host.read.length), 1_000)
          }
          expect([host.read, host.hasEnded]).toEqual([told.read, told.ended])
          expect(told.missed).toEqual([])
        }),
        { numRuns: 2_000 },
      )
    },
  )
})

test.each(['mend', 'drop'] as const)(
  'where segments are lost behind the tracker, a host reads no other bytes and no other end: %s',
  (differing) => {
    fc.assert(
      fc.property(contradicting(8, 3), fc.infiniteStream(fc.boolean()), (segments, lost) => {
        const { told, take, direction } = listening(7, { differing })
        const host = new ReceivingHost('last')
        for (const { at, data, fin, acknowledged } of segments) {
          const fate = take(at, data, fin)
          const passed = fate instanceof Uint8Array || fate === 'read' || fate === 'repeated'
          if (passed && !lost.next().value) host.take(at, fate instanceof Uint8Array ? fate : data, fin)
          direction.acknowledge(Math.min(acknowledged, host.read.length), 1_000)
        }
        expect(told.read.slice(0, host.read.length)).toEqual(host.read)
        if (host.hasEnded) expect([told.ended, told.read.length]).toEqual([true, host.read.length])
      }),
      { numRuns: 2_000 },
    )
  },
)

test('an end where the receiver may have nothing of what came behind it is not let through', () => {
  const { take, told, direction } = listening(0)
  take(0, 'AAAA')
  direction.acknowledge(4, 1_000)
  take(4, 'BBBB')
  expect([take(4, '', true), take(2, 'AA', true), take(3, '', true)]).toEqual(['afterEnd', 'afterEnd', 'repeated'])
  expect(told.ended).toBe(false)
})

test('what comes before an end that waited is read, also where it says the end again', () => {
  const { take, told, text: read } = listening(0)
  take(4, '', true)
  expect(take(0, 'AAAA', true)).toBe('read')
  expect([read(), told.ended]).toEqual(['AAAA', true])
})

test('the first copy goes on in place of a later one', () => {
  const { take, text: read } = listening(0)
  expect(take(4, 'AAAA')).toBe('read')
  const mended = take(2, 'BBBBBBBB')
  expect(text(mended as Uint8Array)).toBe('BBAAAABB')
  expect(text(take(0, 'xyz') as Uint8Array)).toBe('xyB')
  expect(read()).toBe('xyBBAAAABB')
})

test('bytes that are not kept any more are not let through again', () => {
  const { take, direction } = listening(0, { history: 8 })
  take(0, 'abcdefghijkl')
  expect(take(0, 'abc')).toBe('forgotten')
  expect(take(4, 'efgh')).toBe('repeated')
  direction.acknowledge(12, 1_000)
  expect(take(0, 'xxx')).toBe('repeated')
})

test('the end is where everything before it has come', () => {
  const { take, told, text: read } = listening(0)
  expect(take(8, '', true)).toBe('read')
  expect(told.ended).toBe(false)
  take(0, 'AAAABBBB')
  expect([read(), told.ended]).toEqual(['AAAABBBB', true])
  expect(take(8, 'more')).toBe('afterEnd')
  expect(take(4, 'BBBB', true)).toBe('repeated')
})

test('an end behind bytes that came before is one, also where those are acknowledged', () => {
  for (const acknowledged of [0, 4]) {
    const { take, told, direction, text: read } = listening(0)
    take(0, 'AAAA')
    direction.acknowledge(acknowledged, 1_000)
    expect(take(2, 'AA', true)).toBe('read')
    expect(take(4, 'BBBB')).toBe('afterEnd')
    expect([read(), told.ended]).toEqual(['AAAA', true])
  }
})

test('data where the end was, or an end where data was, is not let through', () => {
  const one = listening(0)
  expect(one.take(4, '', true)).toBe('read')
  expect(one.take(4, 'CCCC')).toBe('afterEnd')
  const other = listening(0)
  other.take(8, 'CCCC')
  expect(other.take(4, '', true)).toBe('afterEnd')
})

test('an end in order ends the stream, whatever waits behind it', () => {
  const { take, told, text: read } = listening(0)
  take(0, 'AAAA')
  take(8, 'CCCC')
  expect(take(4, '', true)).toBe('read')
  expect([read(), told.ended]).toEqual(['AAAA', true])
  expect(take(4, 'BBBB')).toBe('afterEnd')
})

test('data outside the window is not read', () => {
  const { take, direction } = listening(0)
  direction.acknowledge(0, 100)
  expect(take(101, 'x')).toBe('outsideWindow')
  expect(take(100, '', true)).toBe('read')
  expect(listening(0).take(0x4000_0000, 'x')).toBe('outsideWindow')
})

test('what waits is bounded in bytes and in pieces', () => {
  const pieces = listening(0, { waitingPieces: 3 })
  expect([2, 4, 6].map((at) => pieces.take(at, 'x'))).toEqual(['read', 'read', 'read'])
  expect(pieces.take(8, 'x')).toBe('gaveUp')
  const bytes = listening(0, { waitingBytes: 4 })
  expect(bytes.take(1, 'xxxx')).toBe('read')
  expect(bytes.take(9, 'x')).toBe('gaveUp')
})

test('sequence numbers wrap', () => {
  const { take, text: read } = listening(0xffff_fffe)
  take(2, 'CD')
  take(0, 'AB')
  expect(read()).toBe('ABCD')
})
