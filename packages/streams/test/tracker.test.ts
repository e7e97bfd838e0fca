import { describe, expect, test } from 'vitest'
import { StreamError, type TcpConnection, Tracker } from '../src/index.ts'
import { TestPacket, text, timestamps, turn, Wire, windowScale } from './wire.ts'

describe('what is said', () => {
  test('comes to a loop in order, of both ends, until they have said all', async () => {
    const read: string[] = []
    const wire = new Wire({
      async judge(connection) {
        const all = async (side: 'client' | 'server') => {
          for await (const chunk of connection[side]) read.push(`${side} ${text(chunk)}`)
          read.push(`${side} ${connection[side].end}`)
        }
        await Promise.all([all('client'), all('server')])
      },
    })
    wire.open()
    wire.client({ at: 3, data: ' you' })
    wire.client({ data: 'how' })
    await turn()
    wire.server({ data: 'fine', acknowledges: 7, fin: true })
    wire.client({ at: 7, acknowledges: 5, fin: true })
    await turn()
    expect(read.slice(0, 3)).toEqual(['client how', 'client  you', 'server fine'])
    expect(read.slice(3).sort()).toEqual(['client fin', 'server fin'])
    expect(wire.connection.verdict).toBeUndefined()
  })

  test('can be looked at before it is read', async () => {
    const seen: string[] = []
    const wire = new Wire({
      async judge(connection) {
        seen.push(text(await connection.peek(4)), text(await connection.peek(2)))
        for await (const chunk of connection.client) seen.push(text(chunk))
        seen.push(text(await connection.peek(1)))
      },
    })
    wire.open()
    wire.client({ data: 'ab' })
    await turn()
    expect(seen).toEqual([])
    wire.client({ at: 2, data: 'cde' })
    await turn()
    expect(seen).toEqual(['abcd', 'ab', 'ab', 'cde'])
    wire.client({ at: 5, fin: true })
    await turn()
    expect(seen.at(-1)).toBe('')
  })

  test('is over with the verdict of the program', async () => {
    const wire = new Wire({
      async judge(connection) {
        const first = await connection.peek(1)
        return text(first) === 'x' ? 'drop' : 'accept'
      },
    })
    wire.open()
    wire.client({ data: 'ok' })
    await turn()
    expect([wire.connection.verdict, wire.connection.client.end]).toEqual(['accept', 'judged'])
    expect(wire.client({ at: 2, data: 'whatever' }).verdict).toBe('accept')
    expect(wire.heard.client).toBe('ok')
    expect(wire.tracker.bytes).toBe(0)
  })

  test('that was acknowledged and never came by is missing, and the loop says where', async () => {
    const errors: unknown[] = []
    const read: string[] = []
    const wire = new Wire({
      async judge({ client }) {
        while (client.end === undefined) {
          try {
            for await (const chunk of client) read.push(text(chunk))
          } catch (error) {
            errors.push(error)
          }
        }
      },
    })
    wire.open()
    wire.client({ data: 'abc' })
    wire.client({ at: 6, data: 'ghi' })
    wire.server({ acknowledges: 9 })
    await turn()
    expect(read).toEqual(['abc', 'ghi'])
    expect(errors).toEqual([expect.any(StreamError)])
    expect(errors[0]).toMatchObject({ reason: 'lost', from: 3, to: 6 })
    expect(wire.tracker.counts.packets.wrongAck).toBe(0)
    wire.tracker.close()
    await turn()
    expect(errors[1]).toMatchObject({ reason: 'closed', from: 9, to: undefined })
  })

  test('may be acknowledged unseen only where the queue has told that packets passed', () => {
    const wire = new Wire()
    wire.open()
    wire.client({ data: 'abc' })
    expect(wire.server({ acknowledges: 6, data: 'x' }).verdict).toBe('drop')
    wire.tracker.missed()
    expect(wire.server({ acknowledges: 6, data: 'x' }).verdict).toBe('accept')
    wire.client({ at: 6, data: 'ghi' })
    expect(wire.heard).toEqual({ client: 'abcghi', server: 'x' })
    expect(wire.connection.client.position).toBe(9)
  })

  test('is kept for a slow reader up to a limit, and then missing', async () => {
    let failure: unknown
    const wire = new Wire({
      backlogBytes: 4,
      async judge({ client }) {
        expect(text(await client.peek(2))).toBe('ab')
        await turn()
        try {
          for await (const chunk of client) expect(text(chunk)).toBe('abcd')
        } catch (error) {
          failure = error
        }
      },
    })
    wire.open()
    wire.client({ data: 'abcd' })
    wire.client({ at: 4, data: 'efgh' })
    await turn()
    await turn()
    expect(failure).toMatchObject({ reason: 'backlog', from: 4, to: 8 })
  })
})

describe('a connection whose beginning was not seen', () => {
  test('is followed from where it is', () => {
    const wire = new Wire()
    wire.client({ at: 1_000, acknowledges: 500, data: 'abc' })
    wire.server({ at: 700, acknowledges: 1_003, data: 'xyz' })
    wire.client({ at: 1_003, acknowledges: 703, data: 'def' })
    expect(wire.heard).toEqual({ client: 'abcdef', server: 'xyz' })
    expect(wire.connection.midstream).toBe(true)
  })

  test('may be picked up at a segment that is sent again, or have earlier ones sent again: each byte is heard once', () => {
    const wire = new Wire()
    wire.client({ at: 1_000, acknowledges: 500, data: 'abcd' })
    const repeats = [
      wire.client({ at: 1_000, acknowledges: 500, data: 'abcd' }),
      wire.client({ at: 990, acknowledges: 500, data: '0123456789' }),
      wire.client({ at: 996, acknowledges: 500, data: '6789ab' }),
      wire.client({ at: 998, acknowledges: 500, data: '89abcdef' }),
    ]
    expect(repeats.map(({ text }) => text)).toEqual(['abcd', '0123456789', '6789ab', '89abcdef'])
    expect(wire.client({ at: 998, acknowledges: 500, data: '89XXXXefgh' }).text).toBe('89abcdefgh')
    wire.server({ at: 500, acknowledges: 1_008, data: 'xyz' })
    expect(wire.server({ at: 490, acknowledges: 1_008, data: '0123456789xy' }).text).toBe('0123456789xy')
    wire.client({ at: 1_008, acknowledges: 503, data: 'ij' })
    expect(wire.heard).toEqual({ client: 'abcdefghij', server: 'xyz' })
    const { repeated, mended, read } = wire.tracker.counts.packets
    expect([repeated, mended, read]).toEqual([4, 1, 4])
  })

  test('may be picked up at a segment its receiver had already: what it skips is missing once that is acknowledged', () => {
    const wire = new Wire()
    wire.client({ at: 1_000, acknowledges: 500, data: 'old' })
    wire.client({ at: 1_100, acknowledges: 500, data: 'new' })
    expect(wire.heard.client).toBe('old')
    wire.server({ at: 500, acknowledges: 1_103 })
    expect([wire.heard.client, wire.connection.client.position]).toEqual(['oldnew', 103])
  })

  test('goes on unread where the policy says so', () => {
    const wire = new Wire({ midstream: 'accept' })
    expect(wire.client({ at: 1_000, data: 'abc' }).verdict).toBe('accept')
    expect([wire.tracker.size, wire.tracker.counts.packets.unfollowed]).toEqual([0, 1])
  })

  test('does not begin with an acknowledgment, or with a RST', () => {
    const wire = new Wire()
    wire.client({ at: 1_000 })
    wire.client({ at: 1_000, rst: true })
    expect(wire.tracker.size).toBe(0)
  })

  test('may begin with the answer to its SYN', () => {
    const wire = new Wire()
    wire.server({ at: -1, syn: true })
    wire.client({ data: 'abc' })
    expect([wire.heard.client, wire.connection.tuple.source.port]).toEqual(['abc', 4_000])
  })
})

test('one direction alone is followed where the other does not come by', () => {
  const wire = new Wire()
  wire.client({ at: -1, syn: true, ack: false })
  wire.client()
  wire.client({ at: 3, acknowledges: 100, data: 'def' })
  wire.client({ acknowledges: 200, data: 'abc' })
  expect(wire.heard.client).toBe('abcdef')
  wire.client({ at: 6_999, syn: true, ack: false })
  wire.client({ at: 7_000, acknowledges: 9_000, data: 'next' })
  expect([wire.heard.client, wire.connections.length]).toEqual(['abcdefnext', 2])
})

test('windows are scaled as both SYNs say', () => {
  const wire = new Wire()
  wire.open([windowScale(4), timestamps(1)])
  wire.server({ window: 100, options: [timestamps(2)] })
  expect(wire.client({ at: 0xffff + 1, data: 'x', options: [timestamps(2)] }).verdict).toBe('drop')
  wire.server({ window: 8_000, options: [timestamps(3)] })
  expect(wire.client({ at: 128_000, data: 'x', options: [timestamps(2)] }).verdict).toBe('accept')
  expect(wire.client({ at: 128_001, data: 'x', options: [timestamps(2)] }).verdict).toBe('drop')
})

test('IPv6 and sequence numbers that wrap', () => {
  const wire = new Wire({}, ['[2001:db8::1]:4000', '[2001:db8::2]:443'], [0xffff_fffe, 0xffff_ffff])
  wire.open()
  wire.client({ data: 'abcdef' })
  wire.server({ data: 'uvw', acknowledges: 6 })
  wire.client({ at: 6, acknowledges: 3, data: 'ghi' })
  expect(wire.heard).toEqual({ client: 'abcdefghi', server: 'uvw' })
  expect(wire.connection.tuple.source).toEqual({ address: '2001:db8::1', port: 4_000 })
})

test('a super-packet is a segment like others', () => {
  const wire = new Wire()
  wire.open([windowScale(7)])
  wire.server()
  const data = 'x'.repeat(60_000)
  wire.push(wire.bytes('client', { data }), true)
  expect(wire.heard.client.length).toBe(60_000)
})

describe('bounds', () => {
  const connect = (wire: Wire, port: number, open = true): TcpConnection | undefined => {
    const other = new Wire({}, [`10.0.0.9:${port}`, '10.0.0.2:443'])
    wire.push(other.bytes('client', { at: -1, syn: true, ack: false }))
    if (!open) return undefined
    wire.push(other.bytes('server', { at: -1, syn: true }))
    wire.push(other.bytes('client', {}))
    return wire.connections.at(-1)
  }

  test('of connections: a flood of SYNs forgets SYNs, and no connection that is followed', () => {
    const wire = new Wire({ connections: 100 })
    wire.open()
    const others = Array.from({ length: 50 }, (_, i) => connect(wire, 1_000 + i)!)
    for (let port = 10_000; port < 11_000; port++) connect(wire, port, false)
    wire.client({ data: 'still here' })
    expect(wire.heard.client).toBe('still here')
    expect(others.every(({ client }) => client.end === undefined)).toBe(true)
    expect([wire.tracker.size, wire.tracker.counts.connections.evicted]).toEqual([100, 951])
  })

  test('of connections that are open: the one that was silent longest is told', () => {
    const wire = new Wire({ connections: 2 })
    const [first, second, third] = [1, 2, 3].map((port) => connect(wire, port)!)
    expect([first!.client.end, second!.client.end, third!.client.end]).toEqual(['evicted', undefined, undefined])
    expect(first!.verdict).toBe('unjudged')
  })

  test('of bytes', () => {
    const wire = new Wire({ bytes: 10_000 })
    const all: TcpConnection[] = []
    for (let port = 1; port <= 30; port++) {
      all.push(connect(wire, port)!)
      const other = new Wire({}, [`10.0.0.9:${port}`, '10.0.0.2:443'])
      wire.push(other.bytes('client', { data: 'x'.repeat(900) }))
    }
    expect(wire.tracker.bytes).toBeLessThanOrEqual(10_000)
    expect(all[0]!.client.end).toBe('evicted')
    expect(all.at(-1)!.client.end).toBeUndefined()
    wire.tracker.close()
    expect(wire.tracker.bytes).toBe(0)
  })

  test('of bytes: who keeps none is not forgotten for those who do', () => {
    const wire = new Wire({ bytes: 10_000 })
    const silent = Array.from({ length: 50 }, (_, i) => connect(wire, 5_000 + i)!)
    for (let port = 6_000; port < 6_100; port++) connect(wire, port, false)
    for (let port = 1; port <= 30; port++) {
      connect(wire, port)
      const other = new Wire({}, [`10.0.0.9:${port}`, '10.0.0.2:443'])
      wire.push(other.bytes('client', { data: 'x'.repeat(900) }))
    }
    expect(wire.tracker.bytes).toBeLessThanOrEqual(10_000)
    expect(silent.every(({ client }) => client.end === undefined)).toBe(true)
    expect(wire.tracker.size).toBe(150 + 9)
  })

  test('of the data of SYNs, where it is kept', () => {
    const wire = new Wire({ bytes: 10_000, synData: 'wait' })
    for (let port = 1; port <= 30; port++) {
      const other = new Wire({}, [`10.0.0.9:${port}`, '10.0.0.2:443'])
      wire.push(other.bytes('client', { at: -1, syn: true, ack: false, data: 'x'.repeat(900) }))
    }
    expect([wire.tracker.size, wire.tracker.bytes]).toEqual([11, 9_900])
    wire.tracker.close()
    expect(wire.tracker.bytes).toBe(0)
  })

  test('of time, at each stage', () => {
    const wire = new Wire({ openingMilliseconds: 10, idleMilliseconds: 100, overMilliseconds: 20 })
    connect(wire, 1, false)
    const open = connect(wire, 2)!
    const over = connect(wire, 3)!
    const other = new Wire({}, ['10.0.0.9:3', '10.0.0.2:443'])
    wire.push(other.bytes('client', { rst: true }))
    expect([wire.tracker.size, over.client.end]).toEqual([3, 'reset'])
    const sizes = [10, 10, 80].map((milliseconds) => {
      wire.clock.advance(milliseconds)
      wire.push(new Wire({}, ['10.0.0.9:9', '10.0.0.2:1']).bytes('client', { rst: true }))
      return wire.tracker.size
    })
    expect([sizes, open.client.end]).toEqual([[2, 1, 0], 'idle'])
  })

  test('of what waits for bytes before it: the connection is left to the queue', () => {
    const wire = new Wire({ waitingPieces: 2 })
    wire.open()
    const verdicts = [2, 4, 6, 8].map((at) => wire.client({ at, data: 'x' }).verdict)
    expect([verdicts, wire.connection.client.end]).toEqual([['accept', 'accept', undefined, undefined], 'waiting'])
  })

  test('of what is copied: a packet that is cut cannot be read', () => {
    const wire = new Wire()
    wire.open()
    const bytes = wire.bytes('client', { data: 'x'.repeat(100) }).subarray(0, 80)
    expect(wire.push(bytes).verdict).toBeUndefined()
    expect(wire.connection.client.end).toBe('truncated')
  })
})

test('packets of no TCP go on', () => {
  const tracker = new Tracker({ judge() {} })
  const packet = new TestPacket(new Uint8Array(0))
  tracker.push(packet)
  expect(packet.verdict).toBe('accept')
})

test('a listener that throws costs no packet its verdict, and is told', () => {
  const broken = new Error('broken')
  const wire = new Wire({
    judge({ client }) {
      client.listen(() => {
        throw broken
      })
    },
  })
  wire.open()
  expect(() => wire.client({ data: 'x' })).toThrow(broken)
  expect(wire.packets.at(-1)!.verdict).toBe('accept')
})

test('options that cannot be are refused by name', () => {
  const judge = () => undefined
  expect(() => new Tracker({ judge, connection: 5 } as never)).toThrow(
    'there is no option connection; there are judge, clock, reserve, connections',
  )
  expect(() => new Tracker({ judge, connections: 0 })).toThrow('connections: 0 is no whole number from 1 to 16000000')
  expect(() => new Tracker({ judge, differing: 'mended' as never })).toThrow('differing: mended is none of mend, drop')
  expect(() => new Tracker({} as never)).toThrow('judge: expected a function')
})
