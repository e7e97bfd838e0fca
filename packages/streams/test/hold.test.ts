import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HoldOutcome, TrackerOptions } from '../src/index.ts'
import { byName, hello } from './named-hello.ts'
import { text, turn, Wire } from './wire.ts'

/** A wire whose connections are held until they have said a line; `stop` in it is dropped. */
function held(options: Partial<TrackerOptions> = {}): Wire & { outcomes: HoldOutcome[] } {
  const outcomes: HoldOutcome[] = []
  const wire = new Wire({
    judge: (connection) => {
      const outcome = connection.holdUntil(({ bytes }) => {
        const line = text(bytes)
        if (!line.includes('\n')) return undefined
        return line.includes('stop') ? 'drop' : 'accept'
      })
      outcome.then((one) => outcomes.push(one))
      return outcome
    },
    ...options,
  })
  wire.open()
  return Object.assign(wire, { outcomes })
}

test('one verdict for all packets that were held, the earlier ones first', async () => {
  const wire = held()
  const [first, second] = [wire.client({ data: 'GE' }), wire.client({ at: 4, data: '/\n' })]
  expect([first.verdict, second.verdict, wire.tracker.held]).toEqual([undefined, undefined, 2])
  const last = wire.client({ at: 2, data: 'T ' })
  expect([first.verdict, second.verdict, last.verdict, wire.tracker.held]).toEqual(['accept', 'accept', 'accept', 0])
  await turn()
  expect(wire.outcomes).toEqual([{ verdict: 'accept', reason: 'judged' }])
  expect(wire.connection.verdict).toBe('accept')
  await Promise.all(wire.promises)
})

test('dropped with all that follows', () => {
  const wire = held()
  const packets = [
    wire.client({ data: 'stop' }),
    wire.client({ at: 4, data: '\n' }),
    wire.client({ data: 'stop' }),
    wire.server({ data: 'x' }),
  ]
  expect(packets.map(({ verdict }) => verdict)).toEqual(['drop', 'drop', 'drop', 'drop'])
  expect(wire.tracker.counts.packets.refused).toBe(4)
})

test('the handshake, the other end and empty packets are not held', () => {
  const wire = held()
  wire.client({ data: 'GET' })
  expect(wire.server({ data: 'hello' }).verdict).toBe('accept')
  expect(wire.client({ at: 3, acknowledges: 5 }).verdict).toBe('accept')
})

test('a copy of what is held goes nowhere, and takes no room', () => {
  const wire = held()
  const first = wire.client({ data: 'GET' })
  for (let i = 0; i < 100; i++) expect(wire.client({ data: 'GET' }).verdict).toBe('drop')
  expect([first.verdict, wire.tracker.held]).toEqual([undefined, 1])
})

test('a promise of the predicate holds on', async () => {
  let decide = (_: 'accept' | undefined) => {}
  const asked: string[] = []
  const wire = new Wire({
    judge: (connection) =>
      connection.holdUntil(({ chunk }) => {
        asked.push(text(chunk))
        return new Promise((resolve) => {
          decide = resolve
        })
      }),
  })
  wire.open()
  const packets = [wire.client({ data: 'a' }), wire.client({ at: 1, data: 'b' })]
  decide(undefined)
  await turn()
  expect(asked).toEqual(['a', 'b'])
  expect(packets.map(({ verdict }) => verdict)).toEqual([undefined, undefined])
  decide('accept')
  await turn()
  expect(packets.map(({ verdict }) => verdict)).toEqual(['accept', 'accept'])
})

const unjudged = (wire: ReturnType<typeof held>) => wire.packets.filter(({ verdict }) => verdict === undefined).length

test('a limit leaves all packets to the queue, and says which', async () => {
  const packets = held({ holdPackets: 3 })
  for (let i = 0; i < 5; i++) packets.client({ at: i, data: 'x' })
  const bytes = held({ holdBytes: 4 })
  bytes.client({ data: 'xxxxx' })
  const time = held({ holdMilliseconds: 50 })
  time.client({ data: 'x' })
  time.clock.advance(50)
  const end = held()
  end.client({ data: 'x', fin: true })
  const reset = held()
  reset.client({ data: 'x' })
  reset.client({ at: 1, rst: true })
  const lost = held()
  lost.client({ at: 5, data: 'x' })
  lost.server({ acknowledges: 6 })
  const closed = held()
  closed.client({ data: 'x' })
  closed.tracker.close()
  await turn()
  const cases = { packets, bytes, time, ended: end, lost, over: closed }
  for (const [reason, wire] of Object.entries(cases)) {
    expect(wire.outcomes, reason).toEqual([{ verdict: 'unjudged', reason }])
    expect([wire.connection.verdict, wire.tracker.held], reason).toEqual(['unjudged', 0])
    expect(unjudged(wire), reason).toBeGreaterThan(0)
    await Promise.all(wire.promises)
  }
  expect(reset.outcomes).toEqual([{ verdict: 'unjudged', reason: 'ended' }])
  expect(unjudged(packets)).toBe(5)
})

test('who connects and waits is held all the same: time counts from the first packet', async () => {
  const wire = held({ holdMilliseconds: 50 })
  wire.clock.advance(10_000)
  const first = wire.client({ data: 'stop' })
  wire.clock.advance(49)
  expect([first.verdict, wire.client({ at: 4, data: '\n' }).verdict]).toEqual([undefined, 'drop'])
  await turn()
  expect(wire.outcomes).toEqual([{ verdict: 'drop', reason: 'judged' }])
})

test('where all connections together hold too much, the one that has waited longest makes room', async () => {
  const outcomes: string[] = []
  const wires = Array.from({ length: 4 }, (_, i) => [`10.0.0.1:${4_000 + i}`, '10.0.0.2:443'] as const)
  const shared = new Wire({
    heldPackets: 2,
    judge: (connection) => {
      const outcome = connection.holdUntil(({ bytes }) => (text(bytes).endsWith('\n') ? 'accept' : undefined))
      outcome.then(({ reason }) => outcomes.push(`${connection.tuple.source.port} ${reason}`))
      return outcome
    },
  })
  for (const ends of wires) {
    const wire = new Wire({}, ends)
    for (const packet of [
      wire.bytes('client', { at: -1, syn: true, ack: false }),
      wire.bytes('server', { at: -1, syn: true }),
      wire.bytes('client', { data: 'half a hello' }),
    ])
      shared.push(packet)
  }
  const late = new Wire({}, wires[3]!)
  const done = shared.push(late.bytes('client', { at: 12, data: '\n' }))
  await turn()
  expect(done.verdict).toBe('accept')
  expect(outcomes).toEqual(['4000 share', '4001 share', '4003 judged'])
  expect(shared.tracker.counts.holds.share).toBe(2)
})

test('what a predicate throws, or a judge, leaves the packets to the queue, and is told once', async () => {
  const broken = new Error('broken')
  const thrown = new Wire({
    judge: (connection) =>
      connection.holdUntil(() => {
        throw broken
      }),
  })
  thrown.open()
  expect(() => thrown.client({ data: 'x' })).toThrow(broken)
  expect(() => thrown.client({ at: 1, data: 'x' })).not.toThrow()
  expect(thrown.packets.slice(-2).map(({ verdict }) => verdict)).toEqual([undefined, undefined])

  const rejected = new Wire({ judge: () => Promise.reject(broken) })
  rejected.open()
  await turn()
  expect(() => rejected.client({ data: 'x' })).toThrow(broken)
  expect(rejected.connection.verdict).toBe('unjudged')

  const wrong = new Wire({ judge: () => 'acept' as 'accept' })
  expect(() => wrong.open()).toThrow("expected 'accept', 'drop' or nothing, not acept")
})

test('a connection is held once at a time, and not after its verdict', async () => {
  const wire = held()
  expect(() => wire.connection.holdUntil(() => undefined)).toThrow('the client is held already')
  wire.client({ data: 'GET\n' })
  await turn()
  expect(() => wire.connection.holdUntil(() => undefined)).toThrow('the connection has its verdict: accept')
})

test('options that cannot be are refused by name', async () => {
  const wire = new Wire()
  wire.open()
  const hold = (options: object) => () => wire.connection.holdUntil(() => undefined, options)
  expect(hold({ packet: 5 })).toThrow(
    'holdUntil: there is no option packet; there are side, packets, bytes, milliseconds',
  )
  expect(hold({ milliseconds: 0 })).toThrow('holdUntil: milliseconds: 0 is no whole number from 1 to 2147483647')
  expect(hold({ side: 'both' })).toThrow('side: both is none of client, server')
})

test('the server may be held, too', async () => {
  const wire = new Wire({
    judge: (connection) =>
      connection.holdUntil(({ bytes }) => (bytes.length > 3 ? 'drop' : undefined), { side: 'server' }),
  })
  wire.open()
  expect(wire.client({ data: 'x' }).verdict).toBe('accept')
  const packets = [wire.server({ data: 'ab' }), wire.server({ at: 2, data: 'cd' })]
  expect(packets.map(({ verdict }) => verdict)).toEqual(['drop', 'drop'])
})

test('a name is found in pieces of any size, order and overlap, sent as often as they may be', () => {
  const piece = fc.record({ at: fc.nat(hello.length - 1), size: fc.integer({ min: 1, max: 90 }) })
  const cuts = fc.tuple(fc.integer({ min: 1, max: hello.length - 1 }), fc.integer({ min: 1, max: hello.length - 1 }))
  fc.assert(
    fc.property(
      cuts,
      fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
      fc.array(piece, { maxLength: 6 }),
      (cut, order, again) => {
        const wire = new Wire({ judge: (connection) => connection.holdUntil(({ bytes }) => byName(bytes)) })
        wire.open()
        const edges = [0, Math.min(...cut), Math.max(...cut), hello.length]
        const say = (from: number, to: number) => wire.client({ at: from, data: hello.subarray(from, to) })
        for (const { at, size } of again) say(at, Math.min(at + size, hello.length - 1))
        for (const index of order) if (edges[index]! < edges[index + 1]!) say(edges[index]!, edges[index + 1]!)
        expect(wire.connection.verdict).toBe('drop')
        const said = wire.packets.filter(({ ip }) => ip!.tcp!.payload.length > 0)
        expect(said.every(({ verdict }) => verdict === 'drop')).toBe(true)
      },
    ),
    { numRuns: 2_000 },
  )
})
