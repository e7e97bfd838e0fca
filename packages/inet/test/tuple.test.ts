import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatTuple,
  hasPorts,
  ipProtocol,
  keyOf,
  mirror,
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
