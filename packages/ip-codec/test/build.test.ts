import { expect, test } from 'vitest'
import {
  BuildError,
  fragments,
  hopByHop,
  icmpEcho,
  ipPacket,
  parseEndpoints,
  replyTo,
  sctp,
  tcp,
  udp,
} from '../src/build/index.ts'
import { parseIp } from '../src/index.ts'
import { faults } from './reference.ts'

test('one line says who talks to whom', () => {
  expect(parseEndpoints('10.0.0.1:40000 > 10.0.0.2:22')).toEqual({
    source: '10.0.0.1',
    sourcePort: 40_000,
    destination: '10.0.0.2',
    destinationPort: 22,
  })
  expect(parseEndpoints('[2001:db8::1]:5000>[2001:db8::2]:53')).toMatchObject({
    source: '2001:db8::1',
    destinationPort: 53,
  })
  expect(parseEndpoints('2001:db8::1 > [::2]')).toMatchObject({
    source: '2001:db8::1',
    destination: '::2',
    sourcePort: undefined,
  })
  const ends = { source: '::1', destination: '::2', sourcePort: 1, destinationPort: 2 }
  expect(tcp(ends, { syn: true })).toEqual(tcp('[::1]:1 > [::2]:2', { syn: true }))
})

const refused = (given: string, reason: string) =>
  expect.objectContaining({ name: 'BuildError', given, reason: expect.stringContaining(reason) })

test('text that says something else is refused with what it was', () => {
  for (const text of ['', '10.0.0.1:1', '10.0.0.1:1 > 10.0.0.2:2 > 10.0.0.3:3']) {
    expect(() => tcp(text)).toThrow(refused(text, "expected 'SOURCE > DESTINATION'"))
  }
  for (const part of ['10.0.0.256:1', 'host:1', '[10.0.0.1]:1', '[::1:1', '10.0.0.1:', '10.0.0.1:x', ':1', '[]:1']) {
    expect(() => tcp(`${part} > 10.0.0.2:2`)).toThrow(refused(`${part} > 10.0.0.2:2`, `"${part}" is no address`))
  }
  expect(() => tcp('10.0.0.1 > 10.0.0.2:2')).toThrow(refused('10.0.0.1 > 10.0.0.2:2', 'a port is missing'))
  expect(() => udp('10.0.0.1:65536 > 10.0.0.2:2')).toThrow(
    refused('10.0.0.1:65536 > 10.0.0.2:2', '"10.0.0.1:65536" is no address'),
  )
  expect(() => icmpEcho('10.0.0.1 > ::2')).toThrow(refused('10.0.0.1 > ::2', 'two families'))
})

test('values that do not fit are refused', () => {
  const ends = '10.0.0.1:1 > 10.0.0.2:2'
  expect(() => tcp(ends, { ttl: 256 })).toThrow(refused('256', 'ttl'))
  expect(() => tcp(ends, { sequence: -1 })).toThrow(refused('-1', 'sequence'))
  expect(() => tcp(ends, { window: 1.5 })).toThrow(refused('1.5', 'window'))
  expect(() => tcp(ends, { ipOptions: new Uint8Array(3) })).toThrow(refused('3 bytes', 'multiple of 4'))
  expect(() => tcp(ends, { options: new Array(5).fill({ kind: 'timestamps', value: 0, echo: 0 }) })).toThrow(
    refused('52 bytes', 'at most 40'),
  )
  expect(() => udp(ends, { payload: new Uint8Array(65_510) })).toThrow(BuildError)
  expect(() => udp('[::1]:1 > [::2]:2', { payload: new Uint8Array(65_520), extensions: [hopByHop()] })).toThrow(
    refused('65536 bytes', 'at most 65535'),
  )
  expect(() => sctp(ends, { chunks: [{ type: 256, flags: 0, value: new Uint8Array(0) }] })).toThrow(
    refused('256', 'type'),
  )
  expect(() => fragments(udp(ends), 12)).toThrow(refused('12', 'multiple of 8'))
})

test('fragments put together are the packet', () => {
  for (const text of ['10.0.0.1:1 > 10.0.0.2:2', '[::1]:1 > [::2]:2']) {
    const whole = udp(text, { payload: 'a payload long enough for a few of them' })
    const parts = fragments(whole, 16)
    expect(parts.length).toBe(3)
    expect(parts.flatMap((part) => [...parseIp(part)!.payload])).toEqual([...parseIp(whole)!.payload])
  }
})

test('an answer goes the other way', () => {
  const answered = (packet: Uint8Array) => replyTo(parseIp(packet)!)
  expect(`${parseIp(udp(answered(udp('[::1]:1000 > [::2]:53'))))}`).toBe('[::2]:53 > [::1]:1000 udp, 48 bytes')
  expect(`${parseIp(icmpEcho(answered(icmpEcho('10.0.0.1 > 10.0.0.2')), { reply: true }))}`).toBe(
    '10.0.0.2 > 10.0.0.1 icmp echo reply, 28 bytes',
  )
})

test('any protocol can be put into a packet', () => {
  const gre = ipPacket({ source: '10.0.0.1', destination: '10.0.0.2' }, 47, Uint8Array.of(0, 0, 8, 0))
  expect(parseIp(gre)).toMatchObject({ protocol: 47, tcp: undefined, sourcePort: undefined, checksumState: 'valid' })
})

test('the fields of the IP header are where they belong', () => {
  const fields = { ttl: 3, dscp: 46, ecn: 1, identification: 0x1234, dontFragment: false, flowLabel: 0xabcde }
  expect(parseIp(udp('10.0.0.1:1 > 10.0.0.2:2', fields))).toMatchObject({
    ttl: 3,
    dscp: 46,
    ecn: 1,
    identification: 0x1234,
    dontFragment: false,
  })
  expect(parseIp(udp('[::1]:1 > [::2]:2', fields))).toMatchObject({
    ttl: 3,
    hopLimit: 3,
    dscp: 46,
    ecn: 1,
    flowLabel: 0xabcde,
  })
  expect(faults(udp('[::1]:1 > [::2]:2', fields))).toEqual([])
})
