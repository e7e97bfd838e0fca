import { isIP } from 'node:net'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAddress, formatHardwareAddress, formatHex, parseAddress, parseHex, parseIpv4 } from '../src/index.ts'

const anyAddress = fc.constantFrom(4, 16).chain((n) => fc.uint8Array({ minLength: n, maxLength: n }))
/** Runs of zeros are what the short form of IPv6 is about. */
const anyZeros = fc
  .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })
  .map((b) => Uint8Array.from(b))

test('text and bytes of addresses are one to one, and what Node.js takes for an address', () => {
  fc.assert(
    fc.property(fc.oneof(anyAddress, anyZeros), (bytes) => {
      const text = formatAddress(bytes)
      expect(parseAddress(text)).toEqual(bytes)
      expect(isIP(text)).toBe(bytes.length === 4 ? 4 : 6)
    }),
  )
})

test('an IPv4 address is one number', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      expect(parseIpv4(text)).toBe(parseAddress(text)!.reduce((number, byte) => 256 * number + byte))
    }),
  )
})

test('what Node.js takes for an IPv4 address, and nothing else, is one', () => {
  const near = fc.array(fc.constantFrom('0', '1', '25', '256', '.', '.', '.', '00', '-', ' '), { maxLength: 9 })
  fc.assert(
    fc.property(near, (parts) => {
      const text = parts.join('')
      expect(parseIpv4(text) !== undefined).toBe(isIP(text) === 4)
    }),
  )
})

/** RFC 5952, section by section. */
const forms = {
  '2001:db8::1': '20010db8000000000000000000000001',
  '2001:db8:0:1:1:1:1:1': '20010db8000000010001000100010001',
  '2001:0:0:1::1': '20010000000000010000000000000001',
  '2001:db8::1:0:0:1': '20010db8000000000001000000000001',
  '::': '00000000000000000000000000000000',
  '::1': '00000000000000000000000000000001',
  'fe80::': 'fe800000000000000000000000000000',
  '::ffff:192.0.2.1': '00000000000000000000ffffc0000201',
}

test.each(Object.entries(forms))('%s', (text, bytes) => {
  expect(formatAddress(parseHex(bytes)!)).toBe(text)
  expect(parseAddress(text)).toEqual(parseHex(bytes))
})

test.each([
  '',
  '1.2.3',
  '1.2.3.256',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.-4',
  ' 1.2.3.4',
  ':',
  ':::',
  '1::2::3',
  '12345::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  '::1.2.3',
  '::1.2.3.4:5',
  'g::',
  '::%eth0',
])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined()
})

test('IPv6 text need not be in its shortest form to be read', () => {
  expect(parseAddress('2001:DB8:0000::0001')).toEqual(parseAddress('2001:db8::1'))
  expect(parseAddress('::ffff:c000:201')).toEqual(parseAddress('::ffff:192.0.2.1'))
  expect(parseAddress('64:ff9b::192.0.2.33')).toEqual(parseHex('0064ff9b0000000000000000c0000221'))
})

test('hexadecimal', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(parseHex(formatHex(bytes))).toEqual(bytes)
    }),
  )
  expect(parseHex(' 0A\n0b ')).toEqual(Uint8Array.of(10, 11))
  for (const text of ['0', '0g', '0x00']) expect(parseHex(text)).toBeUndefined()
  expect(formatHardwareAddress(Uint8Array.of(2, 0, 0x5e, 0x10, 0, 1))).toBe('02:00:5e:10:00:01')
})

test('what is no address has its bytes', () => {
  expect(formatAddress(Uint8Array.of(1, 2, 3))).toBe('010203')
})
