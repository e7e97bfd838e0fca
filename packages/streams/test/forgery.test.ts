import { describe, expect, test } from 'vitest'
import { text, Wire } from './wire.ts'

/** Packets that anybody can make: such as never reach the host they are for (a TTL too small), or come from no host at all. */

function conversation(options: ConstructorParameters<typeof Wire>[0] = {}): Wire {
  const wire = new Wire(options)
  wire.open()
  wire.client({ data: 'GET /' })
  wire.server({ acknowledges: 5 })
  return wire
}

/** A wire of another client, to make its packets. */
const other = (port: number) => new Wire({}, [`10.0.0.9:${port}`, '10.0.0.2:443'])

describe('a RST and a SYN that never arrive', () => {
  test('open no other connection, in which the rest of a sentence would be all of it', () => {
    const wire = conversation()
    wire.client({ at: 5, rst: true, ttl: 1 })
    wire.client({ at: 4, syn: true, ack: false, ttl: 1 })
    expect(wire.client({ at: 5, data: 'secret' }).verdict).toBe('drop')
    expect(wire.client({ data: 'GET /' }).verdict).toBe('drop')
    expect([wire.connections.length, wire.heard.client]).toEqual([1, 'GET /'])
  })

  test('do so where the server answers', () => {
    const wire = conversation()
    wire.client({ at: 5, rst: true })
    wire.client({ at: 4, syn: true, ack: false })
    wire.server({ at: 99, acknowledges: 5, syn: true })
    wire.client({ at: 5, acknowledges: 100, data: 'again' })
    expect([wire.connections.length, wire.heard.client]).toEqual([2, 'GET /again'])
  })

  test('or where no answers come by here', () => {
    const wire = new Wire()
    wire.client({ at: -1, syn: true, ack: false })
    wire.client({ data: 'one' })
    wire.client({ at: 3, rst: true })
    wire.client({ at: 99, syn: true, ack: false })
    wire.client({ at: 100, data: 'two' })
    expect([wire.connections.length, wire.heard.client]).toEqual([2, 'onetwo'])
  })
})

describe('a SYN with the ports of a connection', () => {
  test('that was dropped may open another one, which is judged on its own', () => {
    const verdicts = ['drop', 'accept'] as const
    let asked = 0
    const wire = new Wire({ judge: () => verdicts[asked++] })
    wire.open()
    expect(wire.client({ data: 'no' }).verdict).toBe('drop')
    expect(wire.client({ at: 7_999, syn: true, ack: false }).verdict).toBe('accept')
    expect(wire.server({ at: 8_999, acknowledges: 8_000, syn: true }).verdict).toBe('accept')
    expect(wire.client({ at: 8_000, acknowledges: 9_000, data: 'yes' }).verdict).toBe('accept')
    expect(asked).toBe(2)
  })

  test('brings no data past its verdict', () => {
    const wire = new Wire({ judge: () => 'drop' })
    wire.open()
    const syn = wire.client({ at: 7_999, syn: true, ack: false, data: 'early' })
    expect([syn.verdict, syn.text, syn.tcp.checksumState]).toEqual(['accept', '', 'valid'])
    expect(wire.client({ at: 8_000, data: 'late' }).verdict).toBe('drop')
  })

  test('brings none into one that is followed, where hosts with TCP Fast Open would read it', () => {
    for (const synData of ['strip', 'wait'] as const) {
      const wire = conversation({ synData })
      wire.client({ at: 5, rst: true })
      expect(wire.client({ at: 7_999, syn: true, ack: false, data: 'early' }).text).toBe('')
    }
  })
})

describe('a flood from no host', () => {
  test('of data without a beginning forgets no connection both ends of which were seen', () => {
    const wire = conversation({ connections: 100, bytes: 100_000 })
    for (let port = 1; port <= 1_000; port++) wire.push(other(port).bytes('client', { data: 'x'.repeat(700) }))
    wire.client({ at: 5, data: 'truth' })
    expect(wire.heard.client).toContain('truth')
    expect(wire.connections[0]!.client.end).toBeUndefined()
    expect(wire.tracker.counts.connections.evicted).toBeGreaterThan(800)
  })

  test('nor does one of SYNs, each with data behind it', () => {
    const wire = conversation({ connections: 100, bytes: 100_000 })
    for (let port = 1; port <= 1_000; port++) {
      wire.push(other(port).bytes('client', { at: -1, syn: true, ack: false }))
      wire.push(other(port).bytes('client', { data: 'x'.repeat(700) }))
    }
    expect(wire.connections[0]!.client.end).toBeUndefined()
    expect(wire.tracker.size).toBeLessThanOrEqual(100)
    expect(wire.tracker.bytes).toBeLessThanOrEqual(100_000)
  })
})

test('a flood of SYNs, answered or not, keeps as many connections as it may, none of their bytes, and asks the program nothing', () => {
  for (const synData of ['strip', 'wait'] as const) {
    const wire = new Wire({ connections: 500, bytes: 1_000, synData })
    for (let port = 1; port <= 2_000; port++) {
      wire.push(
        other(port).bytes('client', { at: -1, syn: true, ack: false, data: 'x'.repeat(synData === 'wait' ? 0 : 90) }),
      )
      wire.push(other(port).bytes('server', { at: -1, syn: true }))
    }
    expect([wire.tracker.size, wire.tracker.bytes, wire.connections.length]).toEqual([500, 0, 0])
    expect(wire.tracker.counts.connections).toEqual({ opened: 0, idle: 0, evicted: 1_500 })
    wire.clock.advance(30_000)
    for (let i = 0; i < 100; i++) wire.push(other(1).bytes('client', { rst: true, at: 3 }))
    expect(wire.tracker.size).toBe(0)
  }
})

test('changes that are never acknowledged are bounded: what would be changed beyond waits for its sender', () => {
  const wire = new Wire({
    judge({ client }) {
      client.rewrite((chunk, position) =>
        Array.from(chunk, (_, i) => ({ at: position + i, removed: 1, inserted: Uint8Array.of(1, 2) })),
      )
    },
  })
  wire.open()
  for (let at = 0; at < 2_000; at++) wire.client({ at, data: 'x' })
  expect([wire.heard.client.length, wire.tracker.counts.packets.unsettled]).toEqual([1_024, 976])
  wire.server({ acknowledges: 2 * 500 })
  expect(text(wire.client({ at: 1_024, data: 'y' }).tcp.payload)).toBe('\x01\x02')
  expect(wire.heard.client.length).toBe(1_025)
})

test('an acknowledgment that repeats the one before may open the window', () => {
  const wire = new Wire()
  wire.open()
  wire.server({ window: 0 })
  const far = 65_535 + 70_000
  expect(wire.client({ at: far, data: 'x' }).verdict).toBe('drop')
  wire.server({ window: 10 })
  wire.client({ data: 'x'.repeat(60_000) })
  for (const window of [100, 60_000]) wire.server({ acknowledges: 60_000, window })
  expect(wire.client({ at: 119_000, data: 'x' }).verdict).toBe('accept')
})
