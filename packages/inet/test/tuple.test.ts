import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatTuple,
  hasPorts,
  ipProtocol,
  keyOf,
  mirror,
  parseEnd,
  parseTuple,
  protocolName,
  protocolNumber,
  type Tuple,
} from '../src/index.ts'

const anyEnd = fc.record({ address: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.nat(0xffff) })
const anyTuple: fc.Arbitrary<Tuple> = fc.record({
  protocol: fc.constantFrom<Tuple['protocol']>('tcp', 'udp', 'sctp', 17, 136),
  source: anyEnd,
  destination: anyEnd,
})
const anyEcho: fc.Arbitrary<Tuple> = fc.record({
  protocol: fc.constant('icmp' as const),
  source: fc.record({ address: fc.ipV4() }),
  destination: fc.record({ address: fc.ipV4() }),
  icmp: fc.record({ type: fc.constantFrom(8, 0, 13, 14), code: fc.nat(255), id: fc.nat(0xffff) }),
})

test('the mirror of the mirror is the tuple itself', () => {
  fc.assert(
    fc.property(fc.oneof(anyTuple, anyEcho), (tuple) => {
      expect(mirror(mirror(tuple)!)).toEqual(tuple)
    }),
  )
})

test('equal tuples have one key, others another', () => {
  fc.assert(
    fc.property(fc.oneof(anyTuple, anyEcho), fc.oneof(anyTuple, anyEcho), (a, b) => {
      expect(keyOf(a) === keyOf(b)).toBe(formatTuple(a) === formatTuple(b))
      expect(keyOf(structuredClone(a))).toBe(keyOf(a))
    }),
  )
})

test('a key does not depend on how addresses and protocols are written', () => {
  const ends = { source: { address: '2001:DB8:0::1', port: 1 }, destination: { address: '::ffff:c000:201', port: 2 } }
  const same = { source: { address: '2001:db8::1', port: 1 }, destination: { address: '::ffff:192.0.2.1', port: 2 } }
  expect(keyOf({ protocol: 'tcp', ...ends })).toBe(keyOf({ protocol: 6, ...same }))
})

test('what is never answered has no mirror', () => {
  const ends = { source: { address: '10.0.0.1' }, destination: { address: '10.0.0.2' } }
  expect(mirror({ protocol: 'icmp', ...ends, icmp: { type: 3, code: 1, id: 0 } })).toBeUndefined()
  expect(mirror({ protocol: 'icmpv6', ...ends, icmp: { type: 128, code: 0, id: 7 } })?.icmp?.type).toBe(129)
})

test('tuples print as people write them', () => {
  const ends = { source: { address: '10.0.0.1', port: 4000 }, destination: { address: '2001:db8::1', port: 443 } }
  expect(formatTuple({ protocol: 'tcp', ...ends })).toBe('tcp 10.0.0.1:4000 > [2001:db8::1]:443')
  expect(formatTuple({ protocol: 200, source: { address: '10.0.0.1' }, destination: { address: '10.0.0.2' } })).toBe(
    'protocol 200 10.0.0.1 > 10.0.0.2',
  )
})

test('a name is no protocol because objects have a property of that name', () => {
  expect(protocolNumber('toString')).toBeUndefined()
  expect(protocolNumber('udplite')).toBe(136)
  expect(protocolName(6)).toBe('tcp')
  expect(() =>
    keyOf({ protocol: 'constructor' as never, source: { address: '::' }, destination: { address: '::' } }),
  ).toThrow(RangeError)
})

test('five protocols have ports', () => {
  const ported = Object.entries(ipProtocol).flatMap(([name, number]) => (hasPorts(number) ? [name] : []))
  expect(ported).toEqual(['tcp', 'udp', 'dccp', 'sctp', 'udplite'])
})

test('a printed tuple is read back, whatever its protocol, ports or none', () => {
  const end = fc.record({
    address: fc.oneof(fc.ipV4(), fc.ipV6()),
    port: fc.option(fc.nat(0xffff), { nil: undefined }),
  })
  const protocol = fc.oneof(fc.constantFrom<Tuple['protocol']>('tcp', 'gre', 'icmpv6'), fc.nat(255))
  const any = fc.record({ protocol, source: end, destination: end })
  fc.assert(
    fc.property(fc.oneof(any, anyTuple, anyEcho), (tuple) => {
      const read = parseTuple(formatTuple(tuple))
      expect(read && keyOf(read)).toBe(keyOf(tuple))
      expect(formatTuple(read!)).toBe(formatTuple(tuple))
    }),
  )
})

test.each([
  ['10.0.0.1', { address: '10.0.0.1' }],
  ['10.0.0.1:0', { address: '10.0.0.1', port: 0 }],
  ['2001:db8::1', { address: '2001:db8::1' }],
  ['[2001:db8::1]', { address: '2001:db8::1' }],
  ['[2001:db8::1]:443', { address: '2001:db8::1', port: 443 }],
  // One address and not another with a port: who means a port writes brackets.
  ['2001:db8::1:443', { address: '2001:db8::1:443' }],
])('the end %s', (text, end) => {
  expect(parseEnd(text)).toEqual(end)
})

test.each([
  ...['', ':1', '10.0.0.1:', '10.0.0.1:65536', '10.0.0.1:x', '10.0.0.1:-1', '10.0.0.1: 1', '10.0.0:1', '[10.0.0.1]:1'],
  ...['[2001:db8::1]:', '[2001:db8::1', '[2001:db8::1]1', 'localhost:22', '10.0.0.1:1:2'],
])('"%s" is no end', (text) => {
  expect(parseEnd(text)).toBeUndefined()
})

test.each([
  '',
  'tcp',
  'tcp 10.0.0.1:1',
  'tcp 10.0.0.1:1 10.0.0.2:2',
  'tcp 10.0.0.1:1 > 10.0.0.2:2 syn',
  'tpc 10.0.0.1:1 > 10.0.0.2:2',
  'toString 10.0.0.1:1 > 10.0.0.2:2',
  '256 10.0.0.1 > 10.0.0.2',
  'tcp 10.0.0.1:70000 > 10.0.0.2:2',
  'icmp 10.0.0.1 > 10.0.0.2 type 8',
  'icmp 10.0.0.1 > 10.0.0.2 type 256 code 0 id 7',
])('"%s" is no tuple', (text) => {
  expect(parseTuple(text)).toBeUndefined()
})

test('a tuple may be written with spaces and a number', () => {
  expect(formatTuple(parseTuple(' TCP  10.0.0.1:1  >  10.0.0.2:2 ')!)).toBe('tcp 10.0.0.1:1 > 10.0.0.2:2')
  expect(formatTuple(parseTuple('6 10.0.0.1:1 > 10.0.0.2:2')!)).toBe('tcp 10.0.0.1:1 > 10.0.0.2:2')
})
