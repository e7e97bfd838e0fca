import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../src/index.ts'

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 })
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => b.map((byte) => (byte & 1 ? 0 : byte)))

test('text and bytes of an address are each other', () => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address)
    }),
  )
})

test('what another parser takes for an address is one here, too', () => {
  const almost = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/))
  fc.assert(
    fc.property(almost, (text) => {
      const length = { 0: undefined, 4: 4, 6: 16 }[isIP(text)]
      expect(parseAddress(text)?.length).toBe(length)
    }),
    { numRuns: 2000 },
  )
})

test('IPv6 text is the shortest there is (RFC 5952)', () => {
  const canonical = (text: string) => formatAddress(parseAddress(text)!)
  expect(canonical('2001:DB8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1')
  expect(canonical('2001:db8:0:1:1:1:1:1')).toBe('2001:db8:0:1:1:1:1:1')
  expect(canonical('0:0:0:0:0:0:0:0')).toBe('::')
  expect(canonical('1:0:0:0:0:0:0:0')).toBe('1::')
  expect(canonical('::ffff:192.0.2.1')).toBe('::ffff:192.0.2.1')
  expect(canonical('1:2:3:4:5:6:192.0.2.1')).toBe('1:2:3:4:5:6:c000:201')
})

test('what is almost an address is none', () => {
  for (const text of ['', ':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7::8', '12345::', '1.2.3', '1.2.3.256'])
    expect(parseAddress(text)).toBeUndefined()
  for (const text of ['01.2.3.4', '1.2.3.4.5', '::1.2.3', '1.2.3.4::', '::1%eth0', ' ::1']) {
    expect(parseAddress(text)).toBeUndefined()
  }
})
