import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { destinationOptions, hopByHop, icmpEcho, ipPacket, sctp, tcp, udp } from '../src/build/index.ts'
import { fillChecksums, ipProblem, parseIp } from '../src/index.ts'
import { anyPacket } from './arbitrary.ts'

/** A packet whose length field says 0. */
function without(packet: Uint8Array): Uint8Array {
  const at = packet[0]! >> 4 === 4 ? 2 : 4
  return packet.map((byte, i) => (i === at || i === at + 1 ? 0 : byte))
}

const be32 = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)

/** The packet behind a Jumbo Payload option, which counts `more` bytes than there are. */
function jumbo(packet: Uint8Array, more = 0): Uint8Array {
  const inside = packet.subarray(40)
  const option = hopByHop([{ type: 194, data: be32(8 + inside.length + more) }])
  const { source, destination } = parseIp(packet)!
  return without(ipPacket({ source, destination }, packet[6]!, inside, { extensions: [option] }))
}

const payload = new Uint8Array(1000)
const talk4 = '10.0.0.1:1 > 10.0.0.2:22'
const talk6 = '[::1]:1 > [::2]:22'

describe('a length field of 0', () => {
  test.each([
    ['IPv4', tcp(talk4, { payload })],
    ['IPv6', tcp(talk6, { payload })],
    ['IPv6 with an extension header', tcp(talk6, { payload, extensions: [destinationOptions()] })],
  ])('stands for a super-packet of TCP, which ends where the bytes do: %s', (_, packet) => {
    const ip = parseIp(without(packet))
    expect(ip).toMatchObject({ oversized: true, truncated: true, destinationPort: 22, end: packet.length })
    expect(ip?.tcp?.checksumState).toBe('unknown')
    expect(ip?.tcp?.payload.length).toBe(1000)
  })

  test.each([
    ['UDP', udp(talk4, { payload })],
    ['ICMP', icmpEcho('10.0.0.1 > 10.0.0.2', { payload })],
    ['SCTP', sctp(talk4)],
  ])('is shorter than the header of an IPv4 packet of %s, which Linux drops', (_, packet) => {
    expect(ipProblem(without(packet))).toBe('totalLength')
    expect(parseIp(without(packet))).toBeUndefined()
  })

  test.each([
    ['UDP', udp(talk6, { payload })],
    ['ICMPv6', icmpEcho('::1 > ::2', { payload })],
    ['UDP behind options', udp(talk6, { payload, extensions: [hopByHop([{ type: 5, data: Uint8Array.of(0, 0) }])] })],
  ])('is the end of an IPv6 packet with %s, as Linux cuts it', (_, packet) => {
    const ip = parseIp(without(packet))
    expect(ip).toMatchObject({ oversized: false, truncated: false, end: 40, payload: new Uint8Array(0) })
    expect([ip?.tcp, ip?.udp, ip?.icmpv6]).toEqual([undefined, undefined, undefined])
  })
})

describe('a jumbogram', () => {
  test('has the length of its option: padding is off, and what is inside is summed up', () => {
    fc.assert(
      fc.property(
        anyPacket.filter(({ version, fields }) => version === 6 && (fields.extensions ?? []).length === 0),
        ({ packet, kind }) => {
          const large = jumbo(packet)
          const ip = parseIp(Uint8Array.from([...large, 1, 2, 3]))
          expect(ip).toMatchObject({ oversized: true, truncated: false, end: large.length, payloadLength: 0 })
          expect((ip?.[kind] ?? ip?.icmpv6)?.checksumState).toBe('valid')
        },
      ),
    )
  })

  test('is truncated when the option counts more', () => {
    const ip = parseIp(jumbo(tcp(talk6, { payload }), 1))
    expect(ip).toMatchObject({ oversized: true, truncated: true, destinationPort: 22 })
    expect(ip?.tcp?.checksumState).toBe('unknown')
  })

  test('of UDP may be too long for the field of UDP, too', () => {
    const long = jumbo(udp(talk6, { payload: new Uint8Array(1000) }))
    const bytes = new Uint8Array(70_000).fill(7)
    bytes.set(long)
    bytes.set(be32(70_000 - 40), 44)
    bytes.fill(0, 52, 54)
    const ip = parseIp(bytes)!
    expect(ip.udp).toMatchObject({ length: 0, checksumState: 'invalid', end: 70_000 })
    fillChecksums(ip)
    expect(ip.udp?.checksumState).toBe('valid')
  })

  test('cut before its option is truncated', () => {
    const large = jumbo(tcp(talk6, { payload }))
    for (let size = 41; size < large.length; size++)
      expect(parseIp(large.subarray(0, size)), `${size} bytes`).toMatchObject({ truncated: true })
  })
})

test('of a packet that is cut behind its datagram, the datagram is known as a whole', () => {
  for (const packet of [udp(talk4, { payload: 'whole' }), udp(talk6, { payload: 'whole' })]) {
    const at = packet[0]! >> 4 === 4 ? 3 : 5
    const longer = packet.map((byte, i) => (i === at ? byte + 9 : byte))
    expect(parseIp(longer)).toMatchObject({ truncated: true, udp: { checksumState: 'valid' } })
    expect(parseIp(longer.subarray(0, -1))?.udp?.checksumState).toBe('unknown')
  }
})
