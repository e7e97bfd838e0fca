import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  authentication,
  destinationOptions,
  fragments,
  icmpUnreachable,
  ipPacket,
  routing,
  sctp,
  tcp,
  udp,
} from '../src/build/index.ts'
import { checkRewrite, type PacketChanges, parseIp, RewriteError, type RewriteReason, rewrite } from '../src/index.ts'
import { anyPacket } from './arbitrary.ts'
import { changes, fieldChanges } from './changes.ts'
import { faults } from './reference.ts'

// Many runs each: slow where the machine is busy.
const refusal = (
  packet: Uint8Array,
  wanted: PacketChanges,
): { reason: RewriteReason; field: string | undefined } | undefined => {
  try {
    rewrite(packet, wanted)
  } catch (error) {
    expect(error).toBeInstanceOf(RewriteError)
    const { reason, field } = error as RewriteError
    return { reason, field }
  }
  return undefined
}

const tcp4 = '10.0.0.1:40000 > 10.0.0.2:22'
const tcp6 = '[2001:db8::1]:40000 > [2001:db8::2]:22'

test('a rewritten packet is right by a second computation, and kernels take it', () => {
  fc.assert(
    fc.property(
      anyPacket.chain((built) => fc.tuple(fc.constant(built), changes(built))),
      ([built, wanted]) => {
        const before = built.packet.slice()
        const after = rewrite(built.packet, wanted)
        expect(faults(after)).toEqual([])
        expect(checkRewrite(built.packet, after)).toBeUndefined()
        expect(built.packet).toEqual(before)
      },
    ),
    { numRuns: 500 },
  )
})

test('what was to change has changed, and nothing else', () => {
  fc.assert(
    fc.property(
      anyPacket.chain((built) => fc.tuple(fc.constant(built), changes(built))),
      ([built, wanted]) => {
        const [before, after] = [parseIp(built.packet)!, parseIp(rewrite(built.packet, wanted))!]
        for (const field of ['source', 'destination', 'ttl', 'dscp', 'ecn', 'sourcePort', 'destinationPort'] as const) {
          expect(after[field]).toBe(wanted[field] ?? before[field])
        }
        if (before.version === 4 && after.version === 4) {
          expect(after.dontFragment).toBe(wanted.dontFragment ?? before.dontFragment)
          expect(after.identification).toBe(before.identification)
          expect(after.options).toEqual(before.options)
        }
        if (before.version === 6 && after.version === 6) {
          expect(after.flowLabel).toBe(before.flowLabel)
          expect(after.extensions).toEqual(before.extensions)
        }
        if (before.tcp && after.tcp) {
          for (const field of ['sequence', 'acknowledgment', 'window', 'mss'] as const) {
            expect(after.tcp[field]).toBe(wanted.tcp?.[field] ?? before.tcp[field])
          }
          for (const flag of ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const) {
            expect(after.tcp[flag]).toBe(wanted.tcp?.flags?.[flag] ?? before.tcp[flag])
          }
        }
        const [was, is] = [before.icmp ?? before.icmpv6, after.icmp ?? after.icmpv6]
        expect(is?.identifier).toBe(wanted.icmp?.identifier ?? was?.identifier)
        expect(is?.sequence).toBe(wanted.icmp?.sequence ?? was?.sequence)
        const inside = before.tcp ?? before.udp ?? was ?? before.sctp
        expect((after.tcp ?? after.udp ?? is ?? after.sctp)?.payload).toEqual(wanted.payload ?? inside?.payload)
      },
    ),
    { numRuns: 500 },
  )
})

test('checksums carried forward are those computed anew', () => {
  fc.assert(
    fc.property(
      anyPacket.chain((built) => fc.tuple(fc.constant(built), fieldChanges(built))),
      ([built, wanted]) => {
        fc.pre(built.fields['checksum'] !== false)
        expect(rewrite(built.packet, wanted)).toEqual(rewrite(built.packet, { ...wanted, recompute: true }))
      },
    ),
    { numRuns: 500 },
  )
})

test('a wrong checksum stays wrong when fields change', () => {
  fc.assert(
    fc.property(
      anyPacket.chain((built) => fc.tuple(fc.constant(built), fieldChanges(built))),
      ([built, wanted]) => {
        fc.pre(built.fields['checksum'] !== false)
        const damaged = built.packet.slice()
        const at = parseIp(damaged)!.payloadStart + { tcp: 17, udp: 7, icmp: 3, sctp: 11 }[built.kind]
        damaged[at]! ^= 0x10
        fc.pre(faults(damaged).length > 0 && parseIp(damaged)?.udp?.checksum !== 0)
        expect(faults(rewrite(damaged, wanted))).not.toEqual([])
      },
    ),
  )
})

test('a change and back gives the bytes it started from', () => {
  fc.assert(
    fc.property(
      anyPacket.chain((built) => fc.tuple(fc.constant(built), fieldChanges(built))),
      ([built, wanted]) => {
        const { source, destination, ttl, dscp, ecn } = parseIp(built.packet)!
        const there = rewrite(built.packet, {
          source: wanted.source,
          destination: wanted.destination,
          ttl: wanted.ttl,
          ecn: wanted.ecn,
        })
        expect(rewrite(there, { source, destination, ttl, dscp, ecn })).toEqual(built.packet)
      },
    ),
  )
})

test('no change at all gives the same packet, without what lay behind it', () => {
  fc.assert(
    fc.property(anyPacket, ({ packet }) => {
      const padded = new Uint8Array(packet.length + 7)
      padded.set(packet, 3)
      const ip = parseIp(padded, 3)!
      expect(rewrite(ip, {})).toEqual(packet)
    }),
  )
})

test('memory of the caller holds the same packet, when it is large enough', () => {
  const memory = new Uint8Array(150).fill(0xee)
  fc.assert(
    fc.property(
      anyPacket.chain((built) => fc.tuple(fc.constant(built), changes(built))),
      ([built, wanted]) => {
        const fresh = rewrite(built.packet, wanted)
        const put = rewrite(built.packet, wanted, memory)
        expect(put).toEqual(fresh)
        expect(put.buffer === memory.buffer).toBe(fresh.length <= memory.length)
      },
    ),
  )
})

test('any bytes are rewritten or refused with a reason', () => {
  const wanted: PacketChanges[] = [
    { ttl: 1 },
    { source: '1.2.3.4' },
    { destination: '::1' },
    { sourcePort: 1 },
    { payload: Uint8Array.of(1) },
  ]
  fc.assert(
    fc.property(
      anyPacket,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
      fc.constantFrom(...wanted),
      (built, damage, one) => {
        const packet = built.packet.slice()
        for (const [at, byte] of damage) packet[at % packet.length] = byte
        try {
          const out = rewrite(packet, one)
          expect(checkRewrite(packet, out)).toBeUndefined()
        } catch (error) {
          expect(error).toBeInstanceOf(RewriteError)
        }
      },
    ),
    { numRuns: 1000 },
  )
})

test('a payload may grow to the limit of an attribute, not beyond', () => {
  for (const text of [tcp4, tcp6]) {
    const packet = tcp(text, { payload: 'short' })
    const room = 65_531 - (packet.length - 5)
    const longest = rewrite(packet, { payload: new Uint8Array(room).fill(0xa5) })
    expect(longest.length).toBe(65_531)
    expect(faults(longest)).toEqual([])
    expect(refusal(packet, { payload: new Uint8Array(room + 1) })).toEqual({ reason: 'tooLong', field: 'payload' })
  }
})

test('UDP without a checksum over IPv4 stays without one', () => {
  const packet = udp('10.0.0.1:1 > 10.0.0.2:2', { payload: 'x', checksum: false })
  for (const wanted of [{ source: '10.9.9.9', sourcePort: 7 }, { payload: Uint8Array.of(1, 2, 3) }]) {
    expect(parseIp(rewrite(packet, wanted))?.udp?.checksumState).toBe('absent')
  }
})

test('UDP without a checksum over IPv6 gets one', () => {
  const packet = udp('[::1]:1 > [::2]:2', { payload: 'x', checksum: false })
  expect(parseIp(rewrite(packet, { sourcePort: 7 }))?.udp?.checksumState).toBe('valid')
})

test('a checksum the kernel left unfinished is finished by recompute', () => {
  const packet = tcp(tcp4, { payload: 'data' })
  packet.set([0x12, 0x34], 36) // only the pseudo header's sum, as far as anyone can tell
  expect(faults(rewrite(packet, { ttl: 9 }))).not.toEqual([])
  expect(faults(rewrite(packet, { ttl: 9, recompute: true }))).toEqual([])
})

test('ports of SCTP that trade places still change the CRC', () => {
  const packet = sctp('10.0.0.1:5000 > 10.0.0.2:5001')
  expect(faults(rewrite(packet, { sourcePort: 5001, destinationPort: 5000 }))).toEqual([])
})

test('an echo reply of nothing but zeros has the checksum 0xffff', () => {
  const reply = ipPacket({ source: '10.0.0.1', destination: '10.0.0.2' }, 1, Uint8Array.of(0, 0, 0, 0, 0, 5, 0, 0))
  const zeros = parseIp(rewrite(reply, { icmp: { identifier: 0 } }))
  expect(zeros?.icmp).toMatchObject({ checksum: 0xffff, checksumState: 'valid' })
})

test('the destination of a routing header, not the next stop, is under the checksum', () => {
  const packet = tcp(tcp6, { extensions: [routing(0, ['2001:db8::7', '2001:db8::9'], 2)] })
  expect(faults(packet)).toEqual([])
  expect(faults(rewrite(packet, { destination: '2001:db8::77', source: '2001:db8::55' }))).toEqual([])
})

test('the packet an ICMP error quotes changes with its checksums, as far as it goes', () => {
  for (const [text, back, address] of [
    [tcp4, '10.0.0.2 > 10.0.0.1', '192.0.2.9'],
    [tcp6, '2001:db8::2 > 2001:db8::1', '2001:db8:9::9'],
  ] as const) {
    const about = tcp(text, { payload: 'quoted' })
    for (const quoted of [about.length, about.length - 6, about.length - 20]) {
      const error = icmpUnreachable(back, about.subarray(0, quoted))
      const after = rewrite(error, { destination: address, embedded: { source: address, sourcePort: 1234, ttl: 1 } })
      expect(faults(after)).toEqual([])
      const inner = (parseIp(after)?.icmp ?? parseIp(after)?.icmpv6)?.embedded
      expect(inner).toMatchObject({ source: address, sourcePort: 1234, destinationPort: 22, ttl: 1 })
      if (inner?.version === 4) expect(inner.checksumState).toBe('valid')
      expect(
        rewrite(about, { source: address, sourcePort: 1234, ttl: 1 })
          .subarray(0, quoted - 2)
          .slice(8),
      ).toEqual(after.subarray(after.length - quoted, after.length - 2).slice(8))
    }
  }
})

test('addresses of fragments may change, what is inside may not', () => {
  for (const [text, address] of [
    ['10.0.0.1:1 > 10.0.0.2:2', '10.3.3.3'],
    ['[::1]:1 > [::2]:2', '::3'],
  ] as const) {
    const whole = udp(text, { payload: 'some bytes that need two fragments', dontFragment: false })
    const parts = fragments(whole, 24)
    const changed = parts.map((part) => rewrite(part, { source: address, ttl: 3 }))
    const together = changed.flatMap((part) => [...parseIp(part)!.payload])
    expect(together).toEqual([...parseIp(rewrite(whole, { source: address }))!.payload])
    for (const part of parts) {
      expect(refusal(part, { sourcePort: 3 })).toEqual({ reason: 'fragment', field: 'sourcePort' })
      expect(refusal(part, { payload: Uint8Array.of(1) })).toEqual({ reason: 'fragment', field: 'payload' })
      expect(refusal(part, { recompute: true })).toEqual({ reason: 'fragment', field: 'recompute' })
    }
  }
})

test('a first fragment too short for the checksum keeps its addresses', () => {
  const [first] = fragments(tcp(tcp4, { payload: 'data' }), 8)
  expect(refusal(first!, { source: '10.3.3.3' })).toEqual({ reason: 'fragment', field: 'source' })
  expect(refusal(first!, { ttl: 3 })).toBeUndefined()
})

test('each refusal has its reason', () => {
  const packet = tcp(tcp4, { payload: 'data' })
  expect(refusal(new Uint8Array(3), {})).toEqual({ reason: 'notIp', field: undefined })
  expect(refusal(packet.subarray(0, 42), { ttl: 1 })).toEqual({ reason: 'truncated', field: undefined })
  expect(
    refusal(
      packet.map((byte, i) => (i === 3 ? 0 : byte)),
      {},
    ),
  ).toEqual({ reason: 'oversized', field: undefined })
  expect(refusal(packet, { source: '::1' })).toEqual({ reason: 'family', field: 'source' })
  expect(refusal(packet, { destination: 'localhost' })).toEqual({ reason: 'value', field: 'destination' })
  expect(refusal(packet, { ttl: 256 })).toEqual({ reason: 'value', field: 'ttl' })
  expect(refusal(packet, { sourcePort: 1.5 })).toEqual({ reason: 'value', field: 'sourcePort' })
  expect(refusal(packet, { tcp: { sequence: -1 } })).toEqual({ reason: 'value', field: 'sequence' })
  expect(refusal(packet, { tcp: { mss: 1400 } })).toEqual({ reason: 'option', field: 'mss' })
  expect(refusal(packet, { icmp: { sequence: 1 } })).toEqual({ reason: 'transport', field: 'icmp' })
  expect(refusal(packet, { embedded: { ttl: 1 } })).toEqual({ reason: 'embedded', field: 'embedded' })
  expect(refusal(udp('[::1]:1 > [::2]:2'), { dontFragment: true })).toEqual({
    reason: 'ipv4Only',
    field: 'dontFragment',
  })
  expect(refusal(udp('[::1]:1 > [::2]:2'), { tcp: {} })).toEqual({ reason: 'transport', field: 'tcp' })
  const esp = ipPacket({ source: '10.0.0.1', destination: '10.0.0.2' }, 50, new Uint8Array(20))
  expect(refusal(esp, { payload: new Uint8Array(1) })).toEqual({ reason: 'transport', field: 'payload' })
  expect(refusal(esp, { destinationPort: 1 })).toEqual({ reason: 'transport', field: 'destinationPort' })
  expect(refusal(esp, { destination: '10.0.0.3' })).toBeUndefined()
  const error = icmpUnreachable('10.0.0.2 > 10.0.0.1', packet)
  expect(refusal(error, { payload: packet, embedded: { ttl: 1 } })).toEqual({ reason: 'conflict', field: 'embedded' })
})

test('what an authentication header covers stays; hop limit and traffic class may change', () => {
  const packet = tcp(tcp6, { extensions: [authentication(1, 1)] })
  expect(refusal(packet, { source: '::1' })).toEqual({ reason: 'authenticated', field: 'source' })
  expect(refusal(packet, { destinationPort: 1 })).toEqual({ reason: 'authenticated', field: 'destinationPort' })
  expect(refusal(packet, { payload: Uint8Array.of(1) })).toEqual({ reason: 'authenticated', field: 'payload' })
  expect(refusal(packet, { ttl: 1, dscp: 1, ecn: 1 })).toBeUndefined()
  const ipv4 = ipPacket({ source: '10.0.0.1', destination: '10.0.0.2' }, 51, new Uint8Array(44))
  expect(refusal(ipv4, { source: '10.0.0.3' })).toEqual({ reason: 'authenticated', field: 'source' })
})

test('a routing header of unknown kind hides what the checksum covers', () => {
  const unknown = routing(0, ['2001:db8::7'], 1)
  unknown.bytes[2] = 253
  const packet = tcp(tcp6, { extensions: [unknown] })
  expect(refusal(packet, { source: '::1' })).toEqual({ reason: 'routing', field: 'source' })
  expect(refusal(packet, { payload: Uint8Array.of(1) })).toEqual({ reason: 'routing', field: 'payload' })
  expect(refusal(packet, { recompute: true })).toEqual({ reason: 'routing', field: 'recompute' })
  expect(refusal(packet, { sourcePort: 1 })).toBeUndefined()
})

test('a packet whose upper layer is out of sight stays as it is', () => {
  const extensions = new Array(65).fill(destinationOptions())
  expect(refusal(udp('[::1]:1 > [::2]:2', { extensions }), { ttl: 1 })).toEqual({ reason: 'chain', field: undefined })
  const thirteen = new Array(13).fill(destinationOptions()) // readable, but more than a kernel compares
  expect(refusal(udp('[::1]:1 > [::2]:2', { extensions: thirteen }), { ttl: 1 })?.reason).toBe('chain')
  const cut = ipPacket({ source: '::1', destination: '::2' }, 60, Uint8Array.of(6, 9, 0, 0, 0, 0, 0, 0))
  expect(refusal(cut, { ttl: 1 })).toEqual({ reason: 'chain', field: undefined })
})

test('an error is a sentence that says what to do', () => {
  expect(() => rewrite(tcp(tcp4).subarray(0, 30), { ttl: 1 })).toThrow(
    'bytes of the packet are missing: raise the copy range to have all of it',
  )
  expect(() => rewrite(tcp(tcp4), { ttl: 300 })).toThrow('ttl: a value does not fit into its field')
})
