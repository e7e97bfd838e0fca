import { parseIp } from '@nfkit/ip-codec'
import { destinationOptions, fragments, tcp } from '@nfkit/ip-codec/build'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestPacket, turn, Wire } from './wire.ts'

const ends = { 4: ['10.0.0.1:4000', '10.0.0.2:443'], 6: ['[2001:db8::1]:4000', '[2001:db8::2]:443'] } as const

/** A wire with an open connection, and a segment of it in fragments. */
function opened(version: 4 | 6, data: string, size: number, options: ConstructorParameters<typeof Wire>[0] = {}) {
  const wire = new Wire(options, ends[version])
  wire.open()
  const whole = wire.bytes('client', { data })
  return { wire, whole, parts: fragments(whole, size, 77) }
}

const data = 'The name may be in any of them. '.repeat(8)

describe.each([4, 6] as const)('IPv%s', (version) => {
  test('fragments in any order, some twice, are the packet', () => {
    const { parts } = opened(version, data, 64)
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...parts.keys()], { minLength: parts.length }),
        fc.array(fc.nat(parts.length - 1)),
        (order, again) => {
          const { wire } = opened(version, data, 64)
          const firsts = order.slice(0, -1)
          const copies = again.filter((index) => firsts.includes(index))
          const packets = [...firsts, ...copies, order.at(-1)!].map((index) => wire.push(parts[index]!))
          expect(wire.heard.client).toBe(data)
          const verdicts = packets.map(({ verdict }) => verdict)
          expect(verdicts.filter((verdict) => verdict === 'accept').length).toBe(parts.length)
          expect(verdicts.filter((verdict) => verdict === 'drop').length).toBe(copies.length)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('all of them have the verdict of the whole', async () => {
    const { wire, parts } = opened(version, data, 64, { judge: () => 'drop' })
    const packets = parts.map((part) => wire.push(part))
    expect(packets.map(({ verdict }) => verdict)).toEqual(parts.map(() => 'drop'))
    await Promise.all(wire.promises)
  })

  test('bytes that were said otherwise before are mended within the fragments', () => {
    const { wire, parts } = opened(version, data, 64)
    wire.client({ at: 30, data: 'XXXXXXXXXXXXXXXX' })
    const packets = parts.map((part) => wire.push(part))
    const expected = `${data.slice(0, 30)}XXXXXXXXXXXXXXXX${data.slice(46)}`
    expect(wire.heard.client).toBe(expected)
    const joined = new Wire({}, ends[version])
    joined.open()
    for (const packet of packets) joined.push(packet.bytes)
    expect(joined.heard.client).toBe(expected)
  })

  test('those that overlap are dropped, with all that follow; hosts differ in what they read', async () => {
    const { wire, parts } = opened(version, data, 64)
    const other = fragments(wire.bytes('client', { data: data.toUpperCase() }), 72, 77)
    const packets = [
      wire.push(parts[0]!),
      wire.push(parts[1]!),
      wire.push(other[1]!),
      ...parts.slice(2).map((part) => wire.push(part)),
    ]
    expect(packets.map(({ verdict }) => verdict)).toEqual(packets.map(() => 'drop'))
    expect([wire.heard.client, wire.tracker.counts.packets.overlapping]).toEqual(['', parts.length - 1])
    await Promise.all(wire.promises)
  })

  test('a second end in another place ends the packet', () => {
    const { wire, parts } = opened(version, data, 64)
    const longer = fragments(wire.bytes('client', { data: `${data}more` }), 64, 77)
    wire.push(parts.at(-1)!)
    expect(wire.push(longer.at(-1)!).verdict).toBe('drop')
  })

  test('a TCP header in two fragments is not let through (RFC 1858)', () => {
    const { wire, parts } = opened(version, data, 8)
    expect(wire.push(parts[0]!).verdict).toBe('drop')
    expect(wire.push(parts[1]!).verdict).toBe('drop')
    expect(wire.tracker.counts.packets.tiny).toBe(2)
  })

  test('what does not come in time, or has no room, is left to the queue', async () => {
    const { wire, parts } = opened(version, data, 64, { fragmentMilliseconds: 100, datagrams: 2 })
    const first = wire.push(parts[0]!)
    wire.clock.advance(100)
    wire.client()
    await turn()
    await Promise.all(wire.promises)
    expect(first.verdict).toBeUndefined()
    const one = (id: number) => wire.push(fragments(wire.bytes('client', { data }), 64, id)[0]!)
    const packets = [1, 2, 3].map(one)
    await wire.promises[1]
    expect(packets.map(({ verdict }) => verdict)).toEqual([undefined, undefined, undefined])
    wire.tracker.close()
    await Promise.all(wire.promises)
  })

  test('more fragments than one packet may have are dropped', () => {
    const { wire, parts } = opened(version, data, 32, { fragments: 3 })
    expect(parts.slice(0, 5).map((part) => wire.push(part).verdict)).toEqual([
      undefined,
      undefined,
      undefined,
      'drop',
      'drop',
    ])
    expect(wire.tracker.counts.packets.crowded).toBe(2)
  })
})

test('of other protocols than TCP they go on', () => {
  const wire = new Wire()
  const bytes = tcp('10.0.0.1:1 > 10.0.0.2:2', { payload: new Uint8Array(100) })
  bytes[9] = 17
  const packets = fragments(bytes, 40).map((part) => wire.push(part))
  expect(packets.map(({ verdict }) => verdict)).toEqual(packets.map(() => 'accept'))
})

test('extension headers in front of the fragment header stay, those behind it are joined', () => {
  const wire = new Wire({}, ends[6])
  wire.open()
  const extensions = [destinationOptions([{ type: 30, data: Uint8Array.of(1, 2, 3, 4) }])]
  for (const part of fragments(wire.bytes('client', { data, extensions }), 64)) wire.push(part)
  expect(wire.heard.client).toBe(data)
})

test('an IPv6 packet that says it is all of its fragments is a packet of its own', () => {
  const wire = new Wire({}, ends[6])
  wire.open()
  const [atomic] = fragments(wire.bytes('client', { data }), 2_000)
  expect(parseIp(atomic!)?.isFragment).toBe(false)
  expect(wire.push(atomic!).verdict).toBe('accept')
  expect(wire.heard.client).toBe(data)
})

test('any fragments at all neither throw nor leave a packet with two verdicts', () => {
  const { whole } = opened(4, data, 64)
  const random = fc.array(
    fc.record({
      size: fc.integer({ min: 1, max: 12 }),
      index: fc.nat(40),
      id: fc.nat(2),
      flip: fc.nat(60),
      with: fc.nat(255),
    }),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(random, (list) => {
      const { wire } = opened(4, data, 64, { datagrams: 2, fragments: 8 })
      for (const { size, index, id, flip, with: byte } of list) {
        const parts = fragments(whole, 8 * size, id)
        const part = parts[index % parts.length]!.slice()
        part[flip % part.length]! ^= byte
        const packet = new TestPacket(part)
        wire.tracker.push(packet)
      }
      expect(['', data]).toContain(wire.heard.client)
    }),
    { numRuns: 500 },
  )
})
