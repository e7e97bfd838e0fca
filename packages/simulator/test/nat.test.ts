import { formatAddress, ipProtocol } from '@nfkit/inet'
import { parseIp } from '@nfkit/ip-codec'
import { icmpUnreachable, tcp, udp } from '@nfkit/ip-codec/build'
import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { describe, expect, test } from 'vitest'
import { type ProfileName, SimulatedKernel } from '../src/index.ts'
import { Bench } from './queueing.ts'
import { ask, drain } from './talk.ts'
import { A, CtBench, eventOf, flow, mirrored, tuple } from './tracking.ts'

/** What is said of the checksums of an IPv4 header, and of the datagram in it. */
const checksums = (bytes: Uint8Array) => {
  const ip = parseIp(bytes)
  return ip?.version === 4 ? [ip.checksumState, ip.udp?.checksumState] : undefined
}

const ends = (bytes: Uint8Array) =>
  [12, 16]
    .map((at, i) => `${formatAddress(bytes.subarray(at, at + 4))}:${(bytes[20 + 2 * i]! << 8) | bytes[21 + 2 * i]!}`)
    .join(' > ')

const outside = '10.1.0.2:2000 > 9.9.9.9:777'

test('a rule translates the source of a connection, and the destination of its answers', async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'postrouting', table: 'nat', snat: '9.9.9.9:777' })
  const forwarded = { hook: 'forward', indev: 'lo', outdev: 'eth0', checksum: 'verified' } as const
  const out = await kernel.deliver(udp(A), forwarded)
  expect(ends(out.payload)).toBe('9.9.9.9:777 > 10.1.0.2:2000')
  expect(checksums(out.payload)).toEqual(['valid', 'valid'])
  expect(kernel.conntrack.entries).toMatchObject([{ tupleOrig: tuple(A), tupleReply: tuple(outside), status: 0x198 }])
  const back = await kernel.deliver(udp(outside), { hook: 'forward', indev: 'eth0', outdev: 'lo' })
  expect(ends(back.payload)).toBe('10.1.0.2:2000 > 10.1.0.1:1000')
  expect(checksums(back.payload)).toEqual(['valid', 'valid'])
  expect(kernel.conntrack.entries).toMatchObject([{ status: 0x19a }])
})

test('a rule translates ends of IPv6, one at a time', async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'postrouting', table: 'nat', protocol: 'udp', snat: '[fd00::9]:777' })
  kernel.rules.add({ hook: 'prerouting', table: 'nat', protocol: 'tcp', dnat: '[fd00::8]:888' })
  const forwarded = { hook: 'forward', indev: 'lo', outdev: 'eth0', checksum: 'verified' } as const
  const ends6 = (bytes: Uint8Array) => {
    const ip = parseIp(bytes)!
    const { sourcePort, destinationPort, checksumState } = (ip.udp ?? ip.tcp)!
    return [`${ip.source}`, sourcePort, `${ip.destination}`, destinationPort, checksumState]
  }
  const [one, other] = ['[fd00::1]:1000', '[fd00::2]:2000']
  const out = await kernel.deliver(udp(`${one} > ${other}`), forwarded)
  expect(ends6(out.payload)).toEqual(['fd00::9', 777, 'fd00::2', 2000, 'valid'])
  const into = await kernel.deliver(tcp(`${one} > ${other}`, { syn: true }), forwarded)
  expect(ends6(into.payload)).toEqual(['fd00::1', 1000, 'fd00::8', 888, 'valid'])
})

test('a rule translates the destination, and connections it does not touch are marked as looked at', async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'prerouting', table: 'nat', destinationPort: 2000, dnat: '10.1.0.9' })
  expect(ends((await kernel.deliver(udp(A))).payload)).toBe('10.1.0.1:1000 > 10.1.0.9:2000')
  await kernel.deliver(tcp('10.1.0.1:5 > 10.1.0.2:6', { syn: true }))
  expect(kernel.conntrack.entries.map(({ status }) => status)).toEqual([0x1a8, 0x188])
})

test('a connection made with NAT through ctnetlink translates packets while a chain does', async () => {
  const bench = new CtBench()
  const { kernel } = bench
  const chains = [
    { table: 'nat', hook: 'postrouting' },
    { table: 'nat', hook: 'prerouting', family: 'ipv4' },
  ] as const
  for (const chain of chains) kernel.rules.addChain(chain)
  bench.create({ ...flow(A), natSrc: { v4Minip: Uint8Array.of(9, 9, 9, 9), proto: { portMin: 777 } } })
  const out = async () => ends((await kernel.deliver(udp(A), { hook: 'output', queue: null })).payload)
  expect(await out()).toBe(mirrored(outside))
  kernel.rules.removeChain(chains[0])
  expect(await out()).toBe(mirrored(outside))
  kernel.rules.removeChain(chains[1])
  expect(await out()).toBe(A)
})

test('the header of translated GRE stays as it is, for it has no ports', async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'postrouting', table: 'nat', snat: '9.9.9.9' })
  // Version 0 with a key: flags 0x2000.
  const gre = udp(A)
  gre[9] = ipProtocol.gre
  gre.set([0x20, 0, 0x08, 0], 20)
  const out = await kernel.deliver(gre, { hook: 'forward', indev: 'lo', outdev: 'eth0' })
  expect(formatAddress(out.payload.subarray(12, 16))).toBe('9.9.9.9')
  expect([...out.payload.subarray(20, 24)]).toEqual([0x20, 0, 0x08, 0])
})

test.each(['10.0.0.0/x', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '10.0.0.0/8/8'])(
  'a rule for %s is refused',
  (source) => {
    expect(() => new SimulatedKernel().rules.add({ hook: 'input', source, verdict: 'drop' })).toThrow(RangeError)
  },
)

test('NAT of a connection to be made shows in its reply tuple and status', () => {
  const bench = new CtBench()
  const address = Uint8Array.of(9, 9, 9, 9)
  expect(
    bench.create({ ...flow('10.1.0.1:5 > 10.1.0.2:6'), natSrc: { v4Minip: address, proto: { portMin: 777 } } }),
  ).toBe(0)
  expect(bench.get({ tupleOrig: tuple('10.1.0.1:5 > 10.1.0.2:6') })).toMatchObject({
    tupleReply: tuple('10.1.0.2:6 > 9.9.9.9:777'),
    status: 0x198,
  })
})

/** Two equal packets that wait in queue 0, each for a place of its own by its mark; both accepted. */
async function sentApart(profile: ProfileName, first: Uint8Array, places: readonly [string, string]) {
  const bench = new Bench({ profile })
  const { kernel } = bench
  Object.assign(kernel.conntrack.settings, { acct: true, events: 1 })
  const listener = kernel.socket()
  listener.bind(0, 0b111)
  for (const [i, dnat] of places.entries()) kernel.rules.add({ hook: 'output', table: 'nat', mark: 1 + i, dnat })
  kernel.rules.add({ hook: 'output', queue: 0 })
  const held = places.map((_, i) => bench.deliver(first, { hook: 'output', mark: 1 + i }))
  for (const { packets } of held) bench.judge(packets[0]!.id, 1)
  const outcomes = await Promise.all(held.map(({ outcome }) => outcome))
  const events = () => drain(listener).map((bytes) => eventOf(bytes as Uint8Array))
  return { kernel, outcomes, events }
}

describe('equal first packets that wait together and are sent to different places', () => {
  const places = ['10.1.0.8', '10.1.0.9'] as const
  const fromSecond = udp('10.1.0.9:2000 > 10.1.0.1:1000')
  const answer = { hook: 'input', queue: null } as const

  test('both pass, and answers to the later one are translated back for a second', async () => {
    const { kernel, outcomes, events } = await sentApart('6.18', udp(A), places)
    expect(outcomes.map(({ payload }) => ends(payload))).toEqual([
      '10.1.0.1:1000 > 10.1.0.8:2000',
      '10.1.0.1:1000 > 10.1.0.9:2000',
    ])
    expect(kernel.conntrack.entries).toMatchObject([{ tupleReply: tuple('10.1.0.8:2000 > 10.1.0.1:1000') }])
    expect(events().map(({ kind }) => kind)).toEqual(['new'])
    kernel.advance(0.5)
    expect(ends((await kernel.deliver(fromSecond, answer)).payload)).toBe('10.1.0.2:2000 > 10.1.0.1:1000')
    expect(events()).toMatchObject([{ kind: 'update', value: { status: 0x15aa, timeout: 0 } }])
    kernel.advance(2)
    expect(ends((await kernel.deliver(fromSecond, answer)).payload)).toBe('10.1.0.9:2000 > 10.1.0.1:1000')
    expect(events()).toMatchObject([{ kind: 'destroy', value: { status: 0x17aa } }, { kind: 'new' }])
  })

  test('it never becomes a stream, and a flush takes it, too', async () => {
    const { kernel, events } = await sentApart('6.18', udp(A), places)
    await kernel.deliver(fromSecond, answer)
    await kernel.deliver(fromSecond, answer)
    expect(events().at(-1)).toMatchObject({ kind: 'update', value: { status: 0x15aa } })
    const socket = kernel.socket()
    socket.bind()
    ask(socket, encodeMessage({ type: conntrackMessage.delete.type, flags: 5, family: 0 }, conntrack, {}))
    expect(events().map(({ kind, value }) => [kind, value.status])).toEqual([
      ['destroy', 0x3a8],
      ['destroy', 0x17aa],
    ])
  })

  test('one that goes to the same place joins', async () => {
    const { kernel, outcomes } = await sentApart('6.18', udp(A), [places[0], places[0]])
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['accept', 'accept'])
    expect(kernel.conntrack.entries).toMatchObject([{ countersOrig: { packets: 2n } }])
  })

  test('a later SYN is dropped all the same', async () => {
    const { outcomes } = await sentApart('6.18', tcp(A, { syn: true }), places)
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['accept', 'drop'])
  })

  test('up to 6.11 it belongs to the connection that is there, once it comes back from the queue', async () => {
    const { kernel, outcomes } = await sentApart('debian-6.1', udp(A), places)
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['accept', 'accept'])
    expect(kernel.conntrack.entries).toHaveLength(1)
  })
})

test('an error about a translated packet finds its sender, and quotes what was sent', async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'postrouting', table: 'nat', snat: '9.9.9.9:777' })
  const { payload } = await kernel.deliver(udp(A), { hook: 'forward', indev: 'lo', outdev: 'eth0' })
  const error = icmpUnreachable('10.7.0.7 > 9.9.9.9', payload)
  const back = await kernel.deliver(error, { hook: 'forward', indev: 'eth0', outdev: 'lo' })
  const { source, destination, icmp } = parseIp(back.payload)!
  expect([source, destination]).toEqual(['10.7.0.7', '10.1.0.1'])
  expect(icmp?.checksumState).toBe('valid')
  expect(ends(back.payload.subarray(28))).toBe('10.1.0.1:1000 > 10.1.0.2:2000')
})

test('a wrong checksum stays wrong by as much', async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'postrouting', table: 'nat', snat: '9.9.9.9:777' })
  const packet = udp(A)
  packet[26]! ^= 0x55
  const out = await kernel.deliver(packet, { hook: 'forward', indev: 'lo', outdev: 'eth0' })
  expect(parseIp(out.payload)?.udp?.checksumState).toBe('invalid')
})
