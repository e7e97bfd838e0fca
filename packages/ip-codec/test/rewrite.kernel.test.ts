import { describe, expect, test } from 'vitest'
import { destinationOptions, type Endpoints, icmpEcho, tcp, udp } from '../src/build/index.ts'
import { type PacketChanges, parseIp, rewrite } from '../src/index.ts'
import { received, whyNoStack } from './kernel-stack.ts'

if (whyNoStack) console.warn(`rewrite.kernel.test.ts is skipped: ${whyNoStack}`)

const before = {
  4: { source: '198.51.100.1', destination: '198.51.100.2', sourcePort: 1111, destinationPort: 2222 },
  6: { source: '2001:db8:5::1', destination: '2001:db8:5::2', sourcePort: 1111, destinationPort: 2222 },
}
const to = {
  4: { source: '192.0.2.1', destination: '192.0.2.2' },
  6: { source: '2001:db8::1', destination: '2001:db8::2' },
}
const build = {
  tcp: (ends: Endpoints, payload: Uint8Array) =>
    tcp(ends, { payload, syn: true, options: [{ kind: 'mss', size: 1460 }], extensions: [destinationOptions()] }),
  udp: (ends: Endpoints, payload: Uint8Array) => udp(ends, { payload, ipOptions: Uint8Array.of(148, 4, 0, 0) }),
  icmp: (ends: Endpoints, payload: Uint8Array) => icmpEcho(ends, { payload, id: 9 }),
}

/** Packets of one kind sent to the kernel: fields changed only, and with payloads of every length up to 40. */
function rewritten(kind: keyof typeof build, version: 4 | 6): Uint8Array[] {
  const ports: PacketChanges =
    kind === 'icmp' ? { icmp: { identifier: 7, sequence: 0xffff } } : { sourcePort: 999, destinationPort: 998 }
  const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i * 37 + length)
  const lengths = Array.from({ length: 40 }, (_, length) => length)
  return [
    ...lengths.map((length) =>
      rewrite(build[kind](before[version], bytes(length)), { ...to[version], ...ports, ttl: 3 }),
    ),
    ...lengths.map((length) =>
      rewrite(build[kind](before[version], bytes(5)), { ...to[version], ...ports, payload: bytes(length) }),
    ),
    rewrite(build[kind](before[version], bytes(5)), { ...to[version], ...ports, payload: bytes(60_000) }),
  ]
}

const damaged = (packet: Uint8Array) => packet.map((byte, i) => (i === packet.length - 1 ? byte ^ 1 : byte))

/** The counters of packets that came in, and of those whose checksum was wrong. */
const counted = {
  'tcp 4': ['Tcp InSegs', 'Tcp InCsumErrors'],
  'tcp 6': ['Tcp InSegs', 'Tcp InCsumErrors'],
  'udp 4': ['Udp NoPorts', 'Udp InCsumErrors'],
  'udp 6': ['Udp6NoPorts', 'Udp6InCsumErrors'],
  'icmp 4': ['Icmp InEchos', 'Icmp InCsumErrors'],
  'icmp 6': ['Icmp6InEchos', 'Icmp6InCsumErrors'],
} as const

describe.skipIf(whyNoStack)('the kernel (skipped where no tunnel device can be made)', () => {
  for (const kind of ['tcp', 'udp', 'icmp'] as const) {
    for (const version of [4, 6] as const) {
      const [arrived, wrong] = counted[`${kind} ${version}`]

      test(`takes rewritten ${kind} over IPv${version}`, () => {
        const packets = rewritten(kind, version)
        const count = received(packets)
        expect(count(wrong)).toBe(0)
        expect(count('Ip InHdrErrors') + count('Ip6InHdrErrors')).toBe(0)
        expect(count(arrived)).toBe(packets.length)
      })

      test(`does check ${kind} over IPv${version}`, () => {
        const packets = rewritten(kind, version).filter((packet) => parseIp(packet)!.payload.length > 20)
        expect(received(packets.map(damaged))(wrong)).toBe(packets.length)
      })
    }
  }

  test('does check the header of IPv4', () => {
    const packet = rewritten('udp', 4)[0]!
    packet[10]! ^= 1
    expect(received([packet])('Ip InHdrErrors')).toBe(1)
  })
})
