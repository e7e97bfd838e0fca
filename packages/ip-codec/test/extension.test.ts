import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  authentication,
  destinationOptions,
  fragments,
  hopByHop,
  ipPacket,
  routing,
  tcp,
  udp,
} from '../src/build/index.ts'
import { type Ipv6, parseIp } from '../src/index.ts'
import { dump } from './dump.ts'
import { watch } from './watched.ts'

// Many runs each: slow where the machine is busy.
const ends = { source: '2001:db8::1', destination: '2001:db8::2' }
const ipv6 = (packet: Uint8Array) => parseIp(packet) as Ipv6

test('the upper layer is found behind every header there is', () => {
  const atomic = { type: 44, bytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9) }
  const extensions = [
    hopByHop([{ type: 5, data: Uint8Array.of(0, 0) }]),
    routing(2, ['2001:db8::9'], 1),
    atomic,
    destinationOptions(),
    authentication(7, 1),
  ]
  const ip = ipv6(tcp('[2001:db8::1]:1 > [2001:db8::2]:22', { extensions }))
  expect(ip).toMatchObject({ nextHeader: 0, protocol: 6, isFragment: false, identification: 9, destinationPort: 22 })
  expect(ip.tcp?.checksumState).toBe('valid')
  expect(ip.extensions).toMatchObject([
    { kind: 'hopByHop', type: 0, options: [{ type: 5, data: Uint8Array.of(0, 0), malformed: false }] },
    { kind: 'routing', type: 43, routingType: 2, segmentsLeft: 1 },
    { kind: 'fragment', type: 44, offset: 0, more: false, identification: 9 },
    { kind: 'destinationOptions', type: 60, options: [] },
    { kind: 'authentication', type: 51, spi: 7 },
  ])
})

test('a home address option stands for the source under the checksum', () => {
  const home = Uint8Array.from({ length: 16 }, (_, i) => i)
  const ip = ipv6(
    udp('[2001:db8::1]:1 > [2001:db8::2]:2', { extensions: [destinationOptions([{ type: 201, data: home }])] }),
  )
  expect(ip.bytes.slice(ip.pseudoSourceAt, ip.pseudoSourceAt + 16)).toEqual(home)
  expect(ip.udp?.checksumState).toBe('valid')
})

test('routing of an unknown kind, or with no room for an address, hides what the checksum covers', () => {
  const unknown = routing(0, ['2001:db8::9'], 1)
  unknown.bytes[2] = 253
  for (const [header, state] of [
    [unknown, 'unknown'],
    [routing(0, [], 1), 'unknown'],
    [routing(0, [], 0), 'valid'],
  ] as const) {
    const ip = ipv6(tcp('[2001:db8::1]:1 > [2001:db8::2]:2', { extensions: [header] }))
    expect(ip.tcp?.checksumState).toBe(state)
  }
})

test('an option that starts in the last byte of its header is malformed', () => {
  const header = destinationOptions([{ type: 0x1e, data: Uint8Array.of(1, 2) }])
  header.bytes.set([0x3e], 7)
  const options = (bytes: Uint8Array) => {
    const [only] = ipv6(udp('[::1]:1 > [::2]:2', { extensions: [{ ...header, bytes }] })).extensions
    return only?.kind === 'destinationOptions' && only.options
  }
  expect(options(header.bytes.with(6, 0))).toEqual([
    { type: 0x1e, data: Uint8Array.of(1, 2), malformed: false },
    { type: 0x3e, data: new Uint8Array(0), malformed: true },
  ])
  expect(options(header.bytes.with(3, 5))).toMatchObject([{ type: 0x1e, malformed: true }])
})

test('segment routing says which segment is the last', () => {
  expect([...routing(4, ['::1', '::2', '::3'], 2).bytes.subarray(0, 8)]).toEqual([0, 6, 4, 2, 2, 0, 0, 0])
  expect([...routing(0, ['::1', '::2'], 2).bytes.subarray(0, 8)]).toEqual([0, 4, 0, 2, 0, 0, 0, 0])
})

test('"no next header" is the end', () => {
  const ip = ipv6(ipPacket(ends, 59, new Uint8Array(4), { extensions: [hopByHop()] }))
  expect(ip).toMatchObject({ protocol: 59, tcp: undefined, udp: undefined, chainProblem: undefined })
})

test('only the first fragment shows its transport header', () => {
  const parts = fragments(udp('[::1]:1 > [::2]:53', { payload: new Uint8Array(40), extensions: [hopByHop()] }), 16, 77)
  expect(parts.map((part) => ipv6(part).udp?.destinationPort)).toEqual([53, undefined, undefined])
  expect(parts.map((part) => ipv6(part).destinationPort)).toEqual([53, undefined, undefined])
  expect(parts.map((part) => ipv6(part).fragmentOffset)).toEqual([0, 16, 32])
  expect(parts.map((part) => ipv6(part).moreFragments)).toEqual([true, true, false])
  expect(parts.map((part) => ipv6(part).isLaterFragment)).toEqual([false, true, true])
  expect(parts.every((part) => ipv6(part).isFragment && ipv6(part).identification === 77)).toBe(true)
  expect(ipv6(parts[0]!).udp?.checksumState).toBe('unknown')
})

test('what a later fragment starts with is not taken for a header', () => {
  const header = { type: 44, bytes: Uint8Array.of(0, 0, 0, 16, 0, 0, 0, 1) }
  const later = ipv6(ipPacket(ends, 60, new Uint8Array(16), { extensions: [header] }))
  expect(later).toMatchObject({ protocol: 60, chainProblem: undefined, isLaterFragment: true, fragmentOffset: 16 })
  expect(later.payload.length).toBe(16)
})

test('a header that is cut off stops the walk, with a reason', () => {
  const packet = tcp('[::1]:1 > [::2]:2', {
    extensions: [hopByHop(), destinationOptions([{ type: 9, data: new Uint8Array(20) }])],
  })
  expect(ipv6(packet.subarray(0, 44))).toMatchObject({ protocol: 0, chainProblem: 'truncated', payloadStart: 40 })
  expect(ipv6(packet.subarray(0, 60))).toMatchObject({ protocol: 60, chainProblem: 'truncated', payloadStart: 48 })
  expect(ipv6(packet.subarray(0, 60)).extensions.length).toBe(1)
})

test('an endless chain is left after 64 headers', () => {
  const many = (count: number) =>
    ipv6(udp('[::1]:1 > [::2]:2', { extensions: new Array(count).fill(destinationOptions()) }))
  expect(many(64)).toMatchObject({ protocol: 17, chainProblem: undefined, destinationPort: 2 })
  expect(many(65)).toMatchObject({ protocol: 60, chainProblem: 'tooManyExtensions', udp: undefined })
})

test('the steps of any walk are bounded by the bytes there are', () => {
  const evil = [
    new Uint8Array(65_535), // hop-by-hop headers of eight bytes
    new Uint8Array(65_535).fill(60),
    new Uint8Array(65_535).fill(1), // padding of one byte
  ]
  const chained = fc.array(fc.tuple(fc.constantFrom(0, 43, 44, 51, 60, 6, 17), fc.constantFrom(0, 0, 0, 1, 255)), {
    maxLength: 400,
  })
  for (const inside of evil) expectBounded(ipPacket(ends, 60, inside.subarray(0, 60_000)))
  fc.assert(
    fc.property(chained, (links) => {
      const inside = new Uint8Array(8 * links.length)
      for (const [i, [type, length]] of links.entries()) inside.set([type, length], 8 * i)
      expectBounded(ipPacket(ends, 0, inside))
    }),
  )
})

function expectBounded(packet: Uint8Array): void {
  const { bytes, reads, strays } = watch(packet)
  const ip = parseIp(bytes)
  expect(reads()).toBeLessThan(20 + 4 * 65)
  dump(ip)
  expect(reads()).toBeLessThan(2_000 + 10 * packet.length)
  expect(strays()).toEqual([])
}
