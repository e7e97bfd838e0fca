import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contains, formatNetwork, isSingle, parseAddress, parseNetwork, prefixMask } from '../src/index.ts'

const anyAddress = fc.constantFrom(4, 16).chain((n) => fc.uint8Array({ minLength: n, maxLength: n }))
const anyNetwork = anyAddress.chain((address) => fc.nat(8 * address.length).map((prefix) => ({ address, prefix })))

test('text and networks are each other', () => {
  fc.assert(
    fc.property(anyNetwork, (network) => {
      expect(parseNetwork(formatNetwork(network))).toEqual(network)
    }),
  )
})

test('a network contains the addresses whose bits under its mask are its own', () => {
  fc.assert(
    fc.property(anyNetwork, anyAddress, fc.nat(128), (network, stranger, bits) => {
      const near = network.address.map((byte, i) =>
        (bits >> 3) % network.address.length === i ? byte ^ (1 << (bits & 7)) : byte,
      )
      for (const other of [network.address, near, stranger]) {
        const mask = prefixMask(network.address.length as 4 | 16, network.prefix)
        const same =
          other.length === mask.length && mask.every((byte, i) => ((other[i]! ^ network.address[i]!) & byte) === 0)
        expect(contains(network, other)).toBe(same)
      }
    }),
  )
})

test.each([
  '10.0.0.0/x',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/08',
  '10.0.0.0/8/8',
  '::/129',
  '10.0.0.0/-1',
  '10/8',
  '',
  '/8',
  '10.0.0.0/1e1',
  '10.0.0.0/ 8',
])('%j is no network', (text) => {
  expect(parseNetwork(text)).toBeUndefined()
})

test('a single address is a network of one', () => {
  const one = parseNetwork('10.0.0.1')!
  expect(one.prefix).toBe(32)
  expect(isSingle(one)).toBe(true)
  expect(formatNetwork(one)).toBe('10.0.0.1')
  expect(contains(one, parseAddress('10.0.0.2')!)).toBe(false)
  expect(contains(parseNetwork('0.0.0.0/0')!, parseAddress('::1')!)).toBe(false)
})
