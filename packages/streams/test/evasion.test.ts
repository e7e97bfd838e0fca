import { tcpFlag } from '@nfkit/ip-codec'
import { describe, expect, test } from 'vitest'
import { mss, text, timestamps, Wire } from './wire.ts'

/**
 * The insertions and evasions of Ptacek and Newsham (1998), each against a connection that has said `GET /`, and what a Linux host
 * reads. Either the host reads nothing of the trick, or the tracker makes it read what the tracker has read.
 */
function conversation(options: ConstructorParameters<typeof Wire>[0] = {}): Wire {
  const wire = new Wire(options)
  wire.open()
  wire.client({ data: 'GET /' })
  wire.server({ acknowledges: 5 })
  return wire
}

describe('segments a host drops: their data is not read, and does not pass', () => {
  test('a wrong checksum', () => {
    const wire = conversation()
    const bytes = wire.bytes('client', { at: 5, data: 'decoy' })
    bytes[36]! ^= 0xff
    expect(wire.push(bytes).verdict).toBe('drop')
    wire.client({ at: 5, data: 'truth' })
    expect(wire.heard.client).toBe('GET /truth')
    expect(wire.tracker.counts.packets.wrongChecksum).toBe(1)
  })

  test('no ACK flag, no flags, FIN alone', () => {
    const wire = conversation()
    for (const flags of [{ psh: true }, {}, { fin: true }]) {
      expect(wire.client({ at: 5, data: 'decoy', ...flags, ack: false }).verdict).toBe('drop')
    }
    wire.client({ at: 5, data: 'truth' })
    expect(wire.heard.client).toBe('GET /truth')
    expect(wire.connection.client.end).toBeUndefined()
  })

  test('an acknowledgment of what was never sent, or from before the connection', () => {
    const wire = conversation()
    expect(wire.client({ at: 5, acknowledges: 1, data: 'decoy' }).verdict).toBe('drop')
    expect(wire.client({ at: 5, acknowledges: -70_000, data: 'decoy' }).verdict).toBe('drop')
    wire.client({ at: 5, data: 'truth' })
    expect(wire.heard.client).toBe('GET /truth')
  })

  test('a sequence number outside the window', () => {
    const wire = conversation()
    expect(wire.client({ at: 5 + 0xffff + 10, data: 'decoy' }).verdict).toBe('drop')
    expect(wire.tracker.counts.packets.outsideWindow).toBe(1)
  })

  test('a timestamp that is two behind (PAWS); one behind passes', () => {
    const wire = new Wire()
    wire.client({ at: -1, syn: true, ack: false, options: [timestamps(100)] })
    wire.server({ at: -1, syn: true, options: [timestamps(500, 100)] })
    wire.client({ options: [timestamps(101, 500)] })
    wire.client({ data: 'GET /', options: [timestamps(110, 500)] })
    expect(wire.client({ at: 5, data: 'decoy', options: [timestamps(108, 500)] }).verdict).toBe('drop')
    expect(wire.client({ at: 5, data: 'truth', options: [timestamps(109, 500)] }).verdict).toBe('accept')
    expect(wire.heard.client).toBe('GET /truth')
  })

  test('and a clock that a segment tells which is not read does not count', () => {
    const wire = new Wire()
    wire.open([timestamps(100)])
    wire.server({ options: [timestamps(100)] })
    wire.client({ data: 'GET /', options: [timestamps(110)] })
    expect(wire.client({ at: 5, acknowledges: 9, data: 'decoy', options: [timestamps(900_000)] }).verdict).toBe('drop')
    expect(wire.client({ at: 5, data: 'truth', options: [timestamps(111)] }).verdict).toBe('accept')
    expect(wire.heard.client).toBe('GET /truth')
  })

  test('a signature that was never agreed on', () => {
    const wire = conversation()
    const md5 = { kind: 'unknown', type: 19, data: new Uint8Array(16) } as const
    expect(wire.client({ at: 5, data: 'decoy', options: [md5] }).verdict).toBe('drop')
  })

  test('a header that does not fit', () => {
    const wire = conversation()
    const bytes = wire.bytes('client', { at: 5, data: 'decoy' })
    bytes[32] = 0x40
    expect(wire.push(bytes).verdict).toBe('drop')
    expect(wire.heard.client).toBe('GET /')
  })
})

test('the checksum of what nobody reads is left to the host', () => {
  const wire = new Wire({ judge: (connection) => (connection.midstream ? 'drop' : 'accept') })
  wire.open()
  const bytes = wire.bytes('client', { data: 'anything' })
  bytes[36]! ^= 0xff
  expect(wire.push(bytes).verdict).toBe('accept')
})

describe('overlaps: hosts differ in which copy they read, so only the first one passes', () => {
  test('other bytes at a place already read', () => {
    const wire = new Wire()
    wire.open()
    wire.client({ data: 'AAAA' })
    expect(wire.client({ at: 2, data: 'BBBB' }).text).toBe('AABB')
    expect(wire.heard.client).toBe('AAAABB')
  })

  test('a later piece that covers, reaches into or follows one that waits', () => {
    for (const [first, later, goesOn, read] of [
      [[4, 'AAAA'], [4, 'BBBBBB'], 'AAAABB', 'xxxxAAAABB'],
      [[4, 'AAAA'], [3, 'BBBBBB'], 'BAAAAB', 'xxxBAAAAB'],
      [[4, 'AAAA'], [6, 'BBBB'], 'AABB', 'xxxxAAAABB'],
      [[4, 'AAAA'], [2, 'BBBB'], 'BBAA', 'xxBBAAAA'],
    ] as const) {
      const wire = new Wire()
      wire.open()
      wire.client({ at: first[0], data: first[1] })
      expect(wire.client({ at: later[0], data: later[1] }).text).toBe(goesOn)
      wire.client({ data: 'x'.repeat(Math.min(first[0], later[0])) })
      expect(wire.heard.client).toBe(read)
    }
  })

  test('data in order over data that waits: a host alone would read the later', () => {
    const wire = new Wire()
    wire.open()
    wire.client({ at: 4, data: 'AAAA' })
    expect(wire.client({ data: 'BBBBBBBBBB' }).text).toBe('BBBBAAAABB')
    expect(wire.heard.client).toBe('BBBBAAAABB')
  })

  test('they do not pass at all where the policy says so', () => {
    const wire = new Wire({ differing: 'drop' })
    wire.open()
    wire.client({ data: 'AAAA' })
    expect(wire.client({ data: 'BBBB' }).verdict).toBe('drop')
    expect(wire.client({ data: 'AAAA' }).verdict).toBe('accept')
  })

  test('the changed packet has right checksums', () => {
    const wire = new Wire()
    wire.open()
    wire.client({ data: 'AAAA' })
    const packet = wire.client({ at: 1, data: 'BBBBB' })
    expect([packet.tcp.checksumState, packet.tcp.sequence]).toEqual(['valid', 1_001])
  })
})

test('a decoy that never arrives (a TTL too small) takes the place of the truth for the host, too', () => {
  const wire = conversation()
  wire.client({ at: 5, data: 'decoy', ttl: 1 })
  expect(wire.client({ at: 5, data: 'truth' }).text).toBe('decoy')
  expect(wire.heard.client).toBe('GET /decoy')
})

test('one byte a segment, last one first, is read like any other order', () => {
  const wire = conversation()
  for (const [i, byte] of [...'secret'].map((byte, i) => [i, byte] as const).reverse())
    wire.client({ at: 5 + i, data: byte })
  expect(wire.heard.client).toBe('GET /secret')
})

describe('RST', () => {
  test('with another number than the next is answered by the host, and the stream goes on', () => {
    const wire = conversation()
    expect(wire.client({ at: 6, rst: true }).verdict).toBe('accept')
    expect(wire.client({ at: 4, rst: true }).verdict).toBe('accept')
    expect(wire.client({ at: 100_000, rst: true, ack: false }).verdict).toBe('accept')
    wire.client({ at: 5, data: 'truth' })
    expect(wire.heard.client).toBe('GET /truth')
    expect(wire.tracker.counts.packets.challenged).toBe(3)
  })

  test('with a wrong checksum does not count', () => {
    const wire = conversation()
    const bytes = wire.bytes('client', { at: 5, rst: true })
    bytes[36]! ^= 1
    wire.push(bytes)
    wire.client({ at: 5, data: 'truth' })
    expect(wire.heard.client).toBe('GET /truth')
  })

  test('that never arrives, with the right number: what follows does not pass unread', () => {
    const wire = conversation()
    expect(wire.client({ at: 5, rst: true, ttl: 1 }).verdict).toBe('accept')
    expect(wire.connection.client.end).toBe('reset')
    expect(wire.client({ at: 5, data: 'truth' }).verdict).toBe('drop')
    expect(wire.server({ data: 'answer', acknowledges: 5 }).verdict).toBe('drop')
  })

  test('and then a new connection at once with the same ports', () => {
    const wire = conversation()
    wire.client({ at: 5, rst: true })
    const origin = 7_000
    wire.client({ at: origin - 1, syn: true, ack: false })
    wire.server({ at: 9_000 - 1, acknowledges: origin, syn: true })
    wire.client({ at: origin, acknowledges: 9_000, data: 'again' })
    expect(wire.connections.length).toBe(2)
    expect(wire.heard.client).toBe('GET /again')
  })
})

describe('FIN', () => {
  test('ahead of the data waits for it', () => {
    const wire = conversation()
    wire.client({ at: 10, fin: true })
    expect(wire.connection.client.end).toBeUndefined()
    wire.client({ at: 5, data: 'truth' })
    expect(wire.connection.client.end).toBe('fin')
  })

  test('and then data: a host reads none of it', () => {
    const wire = conversation()
    wire.client({ at: 5, fin: true })
    expect(wire.client({ at: 5, data: 'more' }).verdict).toBe('drop')
    expect(wire.client({ at: 6, data: 'more' }).verdict).toBe('drop')
    expect(wire.heard.client).toBe('GET /')
  })

  test('of one end leaves the other talking', () => {
    const wire = conversation()
    wire.client({ at: 5, fin: true })
    wire.server({ data: 'answer', acknowledges: 6 })
    wire.server({ at: 6, acknowledges: 6, fin: true })
    expect([wire.heard.server, wire.connection.server.end]).toEqual(['answer', 'fin'])
  })
})

describe('SYN', () => {
  test('in mid-stream with another number, and its data, is answered and not read', () => {
    const wire = conversation()
    expect(wire.client({ at: 90_000, syn: true, ack: false, data: 'decoy' }).verdict).toBe('accept')
    expect(wire.client({ at: 90_000, syn: true, data: 'decoy' }).verdict).toBe('accept')
    wire.client({ at: 5, data: 'truth' })
    expect(wire.heard.client).toBe('GET /truth')
    expect(wire.connections.length).toBe(1)
  })

  test('whose answer acknowledges it has opened a new connection', () => {
    const wire = conversation()
    wire.client({ at: 89_999, syn: true, ack: false })
    wire.server({ at: 69_999, acknowledges: 90_000, syn: true })
    wire.client({ at: 90_000, acknowledges: 70_000, data: 'new' })
    expect(wire.connections.length).toBe(2)
    expect(wire.heard.client).toBe('GET /new')
  })

  test('twice before the answer: the answer says which one counts', () => {
    const wire = new Wire()
    wire.client({ at: -1, syn: true, ack: false })
    wire.client({ at: 499, syn: true, ack: false })
    wire.server({ at: -1, acknowledges: 0, syn: true })
    wire.client({ data: 'first' })
    expect(wire.heard.client).toBe('first')
  })

  test('with data goes on without it: the client sends it again', () => {
    const wire = new Wire()
    const syn = wire.client({ at: -1, syn: true, ack: false, data: 'early', options: [mss(1460)] })
    expect([syn.text, syn.tcp.mss, syn.tcp.checksumState]).toEqual(['', 1460, 'valid'])
    wire.server({ at: -1, syn: true })
    wire.client({ data: 'early' })
    expect(wire.heard.client).toBe('early')
  })

  test('with data, where it may pass, counts when the server acknowledges it', () => {
    const wire = new Wire({ synData: 'wait' })
    expect(wire.client({ at: -1, syn: true, ack: false, data: 'early' }).text).toBe('early')
    wire.server({ at: -1, syn: true, acknowledges: 5 })
    wire.client({ at: 5, data: ' late' })
    expect(wire.heard.client).toBe('early late')

    const unread = new Wire({ synData: 'wait' })
    unread.client({ at: -1, syn: true, ack: false, data: 'early' })
    unread.server({ at: -1, syn: true })
    unread.client({ data: 'truth' })
    expect(unread.heard.client).toBe('truth')
  })

  test('with FIN or RST opens nothing', () => {
    const wire = new Wire()
    for (const flag of ['fin', 'rst'] as const) {
      expect(wire.client({ at: -1, syn: true, ack: false, [flag]: true }).verdict).toBe('drop')
    }
    expect(wire.tracker.size).toBe(0)
  })

  test('of both ends at once opens one connection, whose client is the first', () => {
    const wire = new Wire()
    wire.client({ at: -1, syn: true, ack: false })
    wire.server({ at: -1, syn: true, ack: false })
    wire.client({ at: -1, syn: true })
    wire.server({ at: -1, syn: true })
    wire.client({ data: 'from the client' })
    wire.server({ data: 'from the server', acknowledges: 15 })
    expect(wire.heard).toEqual({ client: 'from the client', server: 'from the server' })
    expect(wire.connection.tuple.source).toEqual({ address: '10.0.0.1', port: 4_000 })
  })

  test('data in the third packet is read', () => {
    const wire = new Wire()
    wire.client({ at: -1, syn: true, ack: false })
    wire.server({ at: -1, syn: true })
    wire.client({ data: 'at once' })
    expect(wire.heard.client).toBe('at once')
  })
})

describe('an urgent byte, which a host takes out of what it reads', () => {
  test('is read in its place: the mark goes', () => {
    const wire = conversation()
    const packet = wire.client({ at: 5, data: 'seXcret', urg: true, urgentPointer: 3 })
    expect([packet.text, packet.tcp.flags & tcpFlag.urg, packet.tcp.checksumState]).toEqual(['seXcret', 0, 'valid'])
    expect(wire.heard.client).toBe('GET /seXcret')
  })

  test('may be marked by a packet that has no data, or by a SYN', () => {
    const wire = new Wire()
    expect(wire.client({ at: -1, syn: true, ack: false, urg: true, urgentPointer: 2 }).tcp.urg).toBe(false)
    wire.server({ at: -1, syn: true })
    const packet = wire.client({ urg: true, urgentPointer: 3 })
    expect([packet.tcp.urg, packet.tcp.checksumState]).toEqual([false, 'valid'])
  })

  test('does not pass where the policy says so', () => {
    const wire = conversation({ urgent: 'drop' })
    expect(wire.client({ at: 5, data: 'seXcret', urg: true, urgentPointer: 3 }).verdict).toBe('drop')
  })
})

test('keep-alives and window probes change nothing', () => {
  const wire = conversation()
  expect(wire.client({ at: 4 }).verdict).toBe('accept')
  expect(wire.client({ at: 4, data: 'z' }).verdict).toBe('accept')
  wire.server({ acknowledges: 5, window: 0 })
  expect(wire.client({ at: 5, data: 't' }).verdict).toBe('accept')
  expect(wire.heard.client).toBe('GET /t')
  expect(text(wire.packets.at(-1)!.tcp.payload)).toBe('t')
})
