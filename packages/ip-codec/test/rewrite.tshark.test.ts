import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fragments, icmpUnreachable, tcp, udp } from '../src/build/index.ts'
import { parseIp, rewrite } from '../src/index.ts'
import { anyPacket, type Built } from './arbitrary.ts'
import { changes } from './changes.ts'
import { hasTshark, tshark } from './pcap.ts'

const seen = hasTshark()
if (!seen) console.warn('rewrite.tshark.test.ts is skipped: tshark is not installed')

const good = '1'
const absent = '3'

const fields = [
  'ip.checksum.status',
  'tcp.checksum.status',
  'udp.checksum.status',
  'icmp.checksum.status',
  'icmpv6.checksum.status',
  'sctp.checksum.status',
  'ip.len',
  'ipv6.plen',
  'ip.ttl',
  'ipv6.hlim',
  'tcp.srcport',
  'udp.srcport',
  'sctp.srcport',
  'ip.src',
  'ipv6.src',
  '_ws.malformed',
] as const

/** What tshark says of each packet: the outermost value of each field. */
function readings(packets: readonly Uint8Array[]): Record<(typeof fields)[number], string | undefined>[] {
  const rows = tshark(packets, fields)
  expect(rows.length).toBe(packets.length)
  return rows.map((row) => Object.fromEntries(fields.map((field, i) => [field, row[i]?.[0]]))) as never
}

function expectGood(packets: readonly Uint8Array[]): void {
  for (const [i, said] of readings(packets).entries()) {
    const packet = packets[i]!
    const ip = parseIp(packet)!
    const [version, hops, length] =
      ip.version === 4 ? (['ip.src', 'ip.ttl', 'ip.len'] as const) : (['ipv6.src', 'ipv6.hlim', 'ipv6.plen'] as const)
    expect(said[version]).toBe(ip.source)
    expect(said[hops]).toBe(String(ip.ttl))
    expect(said[length]).toBe(String(ip.version === 4 ? packet.length : packet.length - 40))
    if (ip.version === 4) expect(said['ip.checksum.status']).toBe(good)
    if (ip.isFragment) continue
    const none = ip.udp?.checksum === 0
    if (ip.tcp) expect([said['tcp.checksum.status'], said['tcp.srcport']]).toEqual([good, String(ip.sourcePort)])
    else if (ip.udp)
      expect([said['udp.checksum.status'], said['udp.srcport']]).toEqual([none ? absent : good, String(ip.sourcePort)])
    else if (ip.sctp)
      expect([said['sctp.checksum.status'], said['sctp.srcport']]).toEqual([good, String(ip.sourcePort)])
    else expect(said[ip.version === 4 ? 'icmp.checksum.status' : 'icmpv6.checksum.status']).toBe(good)
  }
}

const sample = <T>(what: fc.Arbitrary<T>, count: number): T[] => fc.sample(what, { numRuns: count, seed: 20_261_123 })
const rewritten = anyPacket.chain((built) => fc.tuple(fc.constant(built), changes(built)))
const kinds = (['tcp', 'udp', 'icmp', 'sctp'] as const).flatMap((kind) =>
  ([4, 6] as const).map((version) => ({ kind, version })),
)

describe.skipIf(!seen)('an independent dissector (skipped without tshark)', () => {
  for (const { kind, version } of kinds) {
    test(`finds rewritten ${kind} over IPv${version} right`, { timeout: 60_000 }, () => {
      const is = ([built]: [Built, unknown]) => built.kind === kind && built.version === version
      expectGood(sample(rewritten.filter(is), 60).map(([{ packet }, wanted]) => rewrite(packet, wanted)))
    })
  }

  test('finds rewritten ICMP errors right, inside and out', { timeout: 60_000 }, () => {
    const errors = [
      icmpUnreachable('10.0.0.2 > 10.0.0.1', udp('10.0.0.1:4000 > 10.0.0.2:53', { payload: 'question' })),
      icmpUnreachable('::2 > ::1', tcp('[::1]:4000 > [::2]:80', { payload: 'question' })),
    ].map((packet) => {
      const source = parseIp(packet)!.version === 4 ? '192.0.2.1' : '2001:db8::9'
      return rewrite(packet, { destination: source, embedded: { source, sourcePort: 1234, ttl: 3 } })
    })
    expectGood(errors)
    const inside = tshark(errors, [
      'ip.checksum.status',
      'udp.checksum.status',
      'tcp.checksum.status',
      'udp.srcport',
      'tcp.srcport',
    ])
    expect(inside[0]![0]).toEqual([good, good])
    expect(inside[0]![1]).toEqual([good])
    expect(inside[0]![3]).toEqual(['1234'])
    expect(inside[1]![2]).toEqual([good])
    expect(inside[1]![4]).toEqual(['1234'])
  })

  test('finds rewritten fragments right', { timeout: 60_000 }, () => {
    const v4 = fragments(udp('10.0.0.1:4000 > 10.0.0.2:53', { payload: new Uint8Array(100) }), 48)
    const v6 = fragments(udp('[::1]:4000 > [::2]:53', { payload: new Uint8Array(100) }), 48)
    expectGood([
      ...v4.map((part) => rewrite(part, { source: '10.7.7.7', ttl: 7 })),
      ...v6.map((part) => rewrite(part, { source: '::7', ttl: 7 })),
    ])
  })

  test('finds the longest packet right', { timeout: 60_000 }, () => {
    const longest = ['10.0.0.1:1 > 10.0.0.2:2', '[::1]:1 > [::2]:2'].map((text) => {
      const packet = tcp(text)
      return rewrite(packet, { payload: Uint8Array.from({ length: 65_531 - packet.length }, (_, i) => i * 7) })
    })
    expectGood(longest)
  })

  test('would find a wrong checksum', { timeout: 60_000 }, () => {
    const wrong = kinds.map(({ kind, version }) => {
      const [built] = sample(
        anyPacket.filter((one) => one.kind === kind && one.version === version && one.fields['checksum'] !== false),
        1,
      )
      const packet = built!.packet.slice()
      packet[parseIp(packet)!.payloadStart + { tcp: 17, udp: 7, icmp: 3, sctp: 11 }[kind]]! ^= 0x10
      return packet
    })
    const said = readings(wrong)
    for (const [i, { kind, version }] of kinds.entries()) {
      const name = kind === 'icmp' && version === 6 ? 'icmpv6' : kind
      expect(said[i]![`${name}.checksum.status`]).toBe('0')
    }
  })
})
