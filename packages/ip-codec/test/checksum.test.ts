import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tcp, udp } from '../src/build/index.ts'
import { crc32c, internetChecksum, parseIp, updateChecksum } from '../src/index.ts'
import { anyPacket, u16, words } from './arbitrary.ts'
import { crc } from './reference.ts'

// Many runs each: slow where the machine is busy.
const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const put16 = (b: Uint8Array, p: number, value: number) => b.set([value >> 8, value & 0xff], p)
const word = (b: Uint8Array, p: number) => b[p]! * 256 + b[p + 1]!

test('an updated checksum is the one computed anew, whichever words change to what', () => {
  fc.assert(
    fc.property(
      words,
      fc.array(fc.tuple(fc.nat(), fc.oneof(u16, fc.constantFrom(0, 0xffff))), { maxLength: 4 }),
      (data, changes) => {
        // The first word is not zero, as in every header with an update.
        const before = Uint8Array.from([0x45, 0, ...data, ...(data.length % 2 ? [0] : [])])
        const after = before.slice()
        let delta = 0
        for (const [at, value] of changes) {
          const p = 2 * (at % (before.length / 2))
          if (p === 0) continue
          delta += value - word(after, p)
          put16(after, p, value)
        }
        expect(updateChecksum(internetChecksum(before), delta)).toBe(internetChecksum(after))
      },
    ),
    { numRuns: 1000 },
  )
})

test('a wrong checksum stays wrong by an update', () => {
  fc.assert(
    fc.property(u16, u16, u16, fc.integer({ min: 1, max: 0xfffe }), (a, b, c, error) => {
      const right = internetChecksum(Uint8Array.of(0x45, 0, a >> 8, a, b >> 8, b))
      const wrong = (right + error) % 0xffff
      const then = internetChecksum(Uint8Array.of(0x45, 0, c >> 8, c, b >> 8, b))
      expect(updateChecksum(wrong, c - a) % 0xffff).toBe((then + error) % 0xffff)
    }),
  )
})

test('a CRC32c in pieces is that of the whole, and that of a bit at a time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (data, cut) => {
      const at = Math.min(cut, data.length)
      expect(crc32c(data)).toBe(crc(data))
      expect(crc32c(data, at, data.length, crc32c(data, 0, at))).toBe(crc(data))
    }),
  )
})

test('a valid checksum is invalid after any one byte it covers was flipped', () => {
  fc.assert(
    fc.property(anyPacket, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ packet }, at, flip) => {
      const start = parseIp(packet)!.payloadStart
      const p = start + (at % (packet.length - start))
      const damaged = packet.map((byte, i) => (i === p ? byte ^ flip : byte))
      const ip = parseIp(damaged)
      const state = (ip?.tcp ?? ip?.udp ?? ip?.icmp ?? ip?.icmpv6 ?? ip?.sctp)?.checksumState
      expect(state).not.toBe('valid')
    }),
  )
})

test('the example of RFC 1071, section 3', () => {
  expect(internetChecksum(bytes('0001f203f4f5f6f7'))).toBe(~0xddf2 & 0xffff)
  expect(internetChecksum(bytes('0001f203f4f5f6f7ab'))).toBe(~((0xddf2 + 0xab00) % 0xffff) & 0xffff)
})

test('the example of RFC 1624, section 4: 0xdd2f, of which 0x5555 becomes 0x3285, becomes 0x0000', () => {
  expect(updateChecksum(0xdd2f, 0x3285 - 0x5555)).toBe(0x0000)
})

test('the vectors of RFC 3720, B.4', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c)
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
})

test('the longest packet there can be does not overflow', () => {
  const longest = new Uint8Array(65_535).fill(0xff)
  expect(internetChecksum(longest)).toBe(~0xff00 & 0xffff)
})

test('UDP never says 0 when it has a checksum', () => {
  for (const text of ['10.0.0.1:1 > 10.0.0.2:2', '[::1]:1 > [::2]:2']) {
    const plain = udp(text, { payload: Uint8Array.of(0, 0) })
    const checksum = parseIp(plain)!.udp!.checksum
    const packet = udp(text, { payload: Uint8Array.of(checksum >> 8, checksum) })
    expect(parseIp(packet)?.udp).toMatchObject({ checksum: 0xffff, checksumState: 'valid' })
  }
})

test('a checksum of 0 is a choice in UDP over IPv4, and a fault elsewhere', () => {
  expect(parseIp(udp('10.0.0.1:1 > 10.0.0.2:2', { checksum: false }))?.udp?.checksumState).toBe('absent')
  expect(parseIp(udp('[::1]:1 > [::2]:2', { checksum: false }))?.udp?.checksumState).toBe('invalid')
  const segment = tcp('10.0.0.1:1 > 10.0.0.2:2')
  segment.fill(0, 36, 38)
  expect(parseIp(segment)?.tcp?.checksumState).toBe('invalid')
})
