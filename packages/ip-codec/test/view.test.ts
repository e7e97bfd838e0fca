import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fragments, icmpEcho, icmpUnreachable, ipPacket, tcp, udp } from '../src/build/index.ts'
import { type IpPacket, type Ipv4, ipProblem, ipProblems, parseIp, parseIpWithin } from '../src/index.ts'
import { anyError, anyPacket, tcpOption } from './arbitrary.ts'
import { dump, dumpBytes } from './dump.ts'
import { faults } from './reference.ts'
import { watch } from './watched.ts'

// Many runs each: slow where the machine is busy.
test('a view gives back what was built', () => {
  fc.assert(
    fc.property(anyPacket, ({ kind, version, endpoints, fields, payload, packet }) => {
      const ip = parseIp(packet)!
      const { source, destination, sourcePort, destinationPort } = endpoints
      expect(ip).toMatchObject({ version, source, destination, truncated: false, isFragment: false })
      for (const field of ['ttl', 'dscp', 'ecn', 'identification', 'dontFragment', 'flowLabel'] as const) {
        if (field in fields && !(version === 6 && field === 'identification')) {
          expect(ip).toHaveProperty(field, fields[field])
        }
      }
      const inside = ip[kind] ?? ip.icmpv6
      expect(inside).toBeDefined()
      expect(inside?.checksumState).toBe(fields['checksum'] === false ? 'absent' : 'valid')
      if (ip.version === 4) expect(ip.checksumState).toBe('valid')
      if (kind !== 'icmp') {
        expect(inside).toMatchObject({ sourcePort, destinationPort })
        expect(ip).toMatchObject({ sourcePort, destinationPort })
      }
      if (kind !== 'sctp') expect(inside?.payload).toEqual(payload)
      if (ip.tcp) {
        const { sequence, acknowledgment, window, syn, ack, cwr, options } = fields
        expect(ip.tcp).toMatchObject({ sequence, acknowledgment, window, syn, ack, cwr, fin: false })
        expect(ip.tcp.options).toEqual(options)
      }
      if (ip.sctp) {
        expect(ip.sctp.verificationTag).toBe(fields['verificationTag'])
        expect(ip.sctp.chunks).toEqual(fields['chunks'])
      }
      const message = ip.icmp ?? ip.icmpv6
      if (message) {
        expect(message).toMatchObject({ identifier: fields['id'], sequence: fields['sequence'], isError: false })
        expect(message.isEchoReply).toBe(fields['reply'])
        expect(message.isEchoRequest).toBe(!fields['reply'])
      }
      if (ip.version === 6) {
        const given = (fields.extensions ?? []).map(({ type, bytes }) => ({ type, bytes: [...bytes.slice(1)] }))
        expect(ip.extensions.map(({ type, bytes }) => ({ type, bytes: [...bytes.slice(1)] }))).toEqual(given)
      }
    }),
  )
})

test('what is built is right by a second computation', () => {
  fc.assert(
    fc.property(anyPacket, ({ packet }) => {
      expect(faults(packet)).toEqual([])
    }),
  )
})

test('TCP options survive building, in order', () => {
  fc.assert(
    fc.property(fc.array(tcpOption, { maxLength: 2 }), (options) => {
      expect(parseIp(tcp('10.0.0.1:1 > 10.0.0.2:2', { options }))?.tcp?.options).toEqual(options)
    }),
  )
})

test('a packet cut anywhere says so, and nothing outside of it is read', () => {
  fc.assert(
    fc.property(fc.oneof(anyPacket, anyError), ({ packet }) => {
      for (let length = 0; length < packet.length; length++) {
        const { bytes, strays } = watch(packet.slice(0, length))
        const ip = parseIp(bytes)
        dump(ip)
        expect(strays()).toEqual([])
        if (ip) expect(ip.truncated).toBe(true)
        else expect(ipProblem(bytes)).toBe('truncatedHeader')
        if (ip)
          expect(
            [ip.tcp, ip.udp, ip.sctp, ip.icmp, ip.icmpv6].map((view) => view?.checksumState ?? 'unknown'),
          ).not.toContain('valid')
      }
    }),
    { numRuns: 30 },
  )
})

test('bytes around a packet do not change what is read, whatever is damaged inside', () => {
  const surroundings = [0x00, 0xff, 0x45]
  fc.assert(
    fc.property(
      fc.oneof(anyPacket, anyError),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(),
      ({ packet }, damage, cut) => {
        const damaged = packet.slice(0, packet.length - (cut % 3 === 0 ? cut % packet.length : 0))
        for (const [at, byte] of damage) damaged[at % damaged.length] = byte
        const [zero, ...others] = surroundings.map((filler) => {
          const around = new Uint8Array(damaged.length + 200).fill(filler)
          around.set(damaged, 100)
          return dumpBytes(around, 100, 100 + damaged.length)
        })
        for (const other of others) expect(other).toEqual(zero)
      },
    ),
    { numRuns: 300 },
  )
})

test('a packet within other bytes reads as it does in a view of its own, and so do its places', () => {
  const at = 100
  fc.assert(
    fc.property(
      fc.oneof(anyPacket, anyError),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.constantFrom(0x00, 0xff, 0x45, 0x60),
      ({ packet }, damage, filler) => {
        for (const [place, byte] of damage) packet[place % packet.length] = byte
        const memory = new Uint8Array(packet.length + 2 * at).fill(filler)
        memory.set(packet, at)
        const within = parseIpWithin(memory, at, at + packet.length)
        const alone = parseIp(packet)
        expect(dump(within)).toEqual(dump(alone))
        expect(places(within)).toEqual(places(alone))
        if (within === undefined) return
        const { bytes } = within
        expect([bytes.buffer, bytes.byteOffset, bytes.length]).toEqual([memory.buffer, at, packet.length])
        for (const layer of [within, within.tcp, within.udp, within.sctp, within.icmp, within.icmpv6])
          if (layer) expect(layer.bytes).toBe(bytes)
      },
    ),
  )
})

/** Where a packet and what is in it begin and end. */
function places(ip: IpPacket | undefined): unknown {
  if (ip === undefined) return undefined
  const { start, end, payloadStart, tcp, udp, sctp } = ip
  const icmp = ip.icmp ?? ip.icmpv6
  const layers = [tcp, udp, sctp, icmp].map((layer) => layer && [layer.start, layer.end])
  return { start, end, payloadStart, layers, embedded: places(icmp?.embedded) }
}

test('every single flipped byte is read without a throw or a stray', () => {
  fc.assert(
    fc.property(fc.oneof(anyPacket, anyError), fc.integer({ min: 1, max: 255 }), ({ packet }, flip) => {
      for (let at = 0; at < packet.length; at++) {
        const { bytes, strays } = watch(packet.map((byte, i) => (i === at ? byte ^ flip : byte)))
        dump(parseIp(bytes))
        expect(strays()).toEqual([])
      }
    }),
    { numRuns: 30 },
  )
})

test('random bytes are a packet or have a problem, never both', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(0x40, 0x45, 0x4f, 0x60, 0x00), (bytes, first) => {
      if (bytes.length > 0) bytes[0] = first
      expect(parseIp(bytes) === undefined).toBe(ipProblem(bytes) !== undefined)
      dumpBytes(bytes)
    }),
  )
})

test('bytes that are no IP packet have their reason as a value', () => {
  const packet = tcp('10.0.0.1:1 > 10.0.0.2:2')
  const broken = (at: number, byte: number) => ipProblem(packet.map((old, i) => (i === at ? byte : old)))
  expect(ipProblem(packet)).toBeUndefined()
  expect(ipProblem(new Uint8Array(0))).toBe('truncatedHeader')
  expect(broken(0, 0x55)).toBe('version')
  expect(ipProblems.version).toBe('the IP version is neither 4 nor 6')
  expect(broken(0, 0x44)).toBe('headerLength')
  expect(broken(3, 19)).toBe('totalLength')
  expect(ipProblem(packet.subarray(0, 19))).toBe('truncatedHeader')
  expect(ipProblem(udp('[::1]:1 > [::2]:2').subarray(0, 39))).toBe('truncatedHeader')
})

test('bytes after the end of a packet are not part of it', () => {
  const padded = new Uint8Array(60).fill(0xee)
  padded.set(udp('10.0.0.1:1 > 10.0.0.2:2', { payload: 'four' }))
  expect(parseIp(padded)?.truncated).toBe(false)
  expect(parseIp(padded)?.udp?.payload).toEqual(new TextEncoder().encode('four'))
})

test('bytes between the end of a datagram and that of its packet are not part of the datagram', () => {
  const packet = Uint8Array.from([...udp('10.0.0.1:1 > 10.0.0.2:2', { payload: 'four' }), 1, 2, 3])
  packet[3]! += 3
  const ip = parseIp(packet)
  expect(ip?.udp?.payload.length).toBe(4)
  expect(ip?.udp?.checksumState).toBe('valid')
  expect(ip?.payload.length).toBe(15)
})

test('nothing but padding follows "no next header"', () => {
  const empty = ipPacket({ source: '::1', destination: '::2' }, 59, new Uint8Array(0))
  const ip = parseIp(Uint8Array.from([...empty, 0, 0, 0, 0, 0, 0]))
  expect(ip).toMatchObject({ protocol: 59, oversized: false, truncated: false, payload: new Uint8Array(0) })
})

test('transport headers that cannot be give no view, and ports all the same', () => {
  const segment = tcp('10.0.0.1:1 > 10.0.0.2:22')
  segment[32] = 0xf0 // 60 bytes of header in 20
  expect(parseIp(segment)?.tcp).toBeUndefined()
  segment[32] = 0x40
  expect(parseIp(segment)).toMatchObject({ tcp: undefined, destinationPort: 22 })
  const datagram = udp('10.0.0.1:1 > 10.0.0.2:53')
  for (const length of [0, 7, 9]) {
    datagram[25] = length
    expect(parseIp(datagram)).toMatchObject({ udp: undefined, destinationPort: 53 })
  }
})

test('a segment is seen as far as its options were copied', () => {
  const segment = tcp('10.0.0.1:1 > 10.0.0.2:2', { options: [{ kind: 'mss', size: 1460 }, { kind: 'sackPermitted' }] })
  expect(parseIp(segment.subarray(0, 39))?.tcp).toBeUndefined()
  expect(parseIp(segment.subarray(0, 44))?.tcp).toMatchObject({
    mss: 1460,
    headerLength: 28,
    payload: new Uint8Array(0),
  })
  const [first] = fragments(segment, 24)
  expect(parseIp(first!)?.tcp?.options).toEqual([{ kind: 'mss', size: 1460 }])
})

test('an option that starts in the last byte of its header is malformed', () => {
  const packet = ipPacket({ source: '10.0.0.1', destination: '10.0.0.2' }, 59, new Uint8Array(0), {
    ipOptions: Uint8Array.of(1, 1, 1, 7),
  })
  const ip = parseIp(packet) as Ipv4
  expect(ip.options).toEqual([{ type: 7, data: new Uint8Array(0), malformed: true }])
})

test('options whose length cannot be end the list', () => {
  const segment = tcp('10.0.0.1:1 > 10.0.0.2:2', { options: [{ kind: 'mss', size: 1460 }, { kind: 'sackPermitted' }] })
  segment[45] = 0
  expect(parseIp(segment)?.tcp?.options).toEqual([
    { kind: 'mss', size: 1460 },
    { kind: 'malformed', data: Uint8Array.of(4, 0, 0, 0) },
  ])
  const ip = parseIp(tcp('10.0.0.1:1 > 10.0.0.2:2', { ipOptions: Uint8Array.of(148, 4, 0, 0, 7, 9, 0, 0) }))!
  expect(ip.version === 4 && ip.options).toEqual([
    { type: 148, data: Uint8Array.of(0, 0), malformed: false },
    { type: 7, data: Uint8Array.of(9, 0, 0), malformed: true },
  ])
})

test('an ICMP error shows the packet it tells of, down to the ports', () => {
  for (const [there, back] of [
    ['10.0.0.1:4000 > 10.0.0.2:53', '10.0.0.2 > 10.0.0.1'],
    ['[::1]:4000 > [::2]:53', '::2 > ::1'],
  ] as const) {
    const about = udp(there, { payload: 'question' })
    const quoted = about.subarray(0, about.length - 12) // only the ports of the datagram
    const ip = parseIp(icmpUnreachable(back, quoted))!
    const message = ip.icmp ?? ip.icmpv6
    expect(message).toMatchObject({ isError: true, identifier: undefined, checksumState: 'valid' })
    expect(message?.embedded).toMatchObject({ truncated: true, sourcePort: 4000, destinationPort: 53, udp: undefined })
    expect(message?.embedded?.source).toBe(ip.destination)
  }
  expect(parseIp(icmpEcho('10.0.0.1 > 10.0.0.2'))?.icmp?.embedded).toBeUndefined()
})

test('a packet is one line of text', () => {
  const text = (packet: Uint8Array) => `${parseIp(packet)}`
  expect(text(tcp('10.0.0.1:40000 > 10.0.0.2:22', { syn: true, ack: true }))).toBe(
    '10.0.0.1:40000 > 10.0.0.2:22 tcp SYN ACK, 40 bytes',
  )
  expect(text(udp('[2001:db8::1]:5000 > [2001:db8::2]:53'))).toBe('[2001:db8::1]:5000 > [2001:db8::2]:53 udp, 48 bytes')
  expect(text(icmpEcho('::1 > ::2').subarray(0, 44))).toBe('::1 > ::2 icmpv6 echo request, 44 bytes, truncated')
})
