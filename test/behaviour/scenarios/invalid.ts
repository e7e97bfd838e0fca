import assert from 'node:assert/strict'
import { ipProtocol, parseAddress } from '@nfkit/inet'
import { putBe16 } from '@nfkit/inet/bytes'
import { fillChecksums, internetChecksum, parseIp } from '@nfkit/ip-codec'
import { icmp } from '@nfkit/ip-codec/build'
import { moved } from '../counters.ts'
import { track } from '../events.ts'
import { table } from '../flow.ts'
import { echo, raw, udp } from '../packet.ts'
import type { Profile } from '../profile.ts'
import { scenario } from '../scenario.ts'
import { segment } from '../segment.ts'
import type { Statement } from '../statements.ts'
import { follow, stateOf } from '../vector.ts'
import type { World } from '../world.ts'

const [us, peer] = ['10.2.0.1', '10.2.0.9']
const [us6, peer6] = ['fd02::1', 'fd02::9']

/** What connection tracking makes of a packet that arrives: its counters and the table tell. */
type Said = 'tracked' | 'untracked' | 'invalid' | 'error'

async function said(world: World, packet: Uint8Array): Promise<Said> {
  const socket = world.open()
  const found = await moved(socket, () => world.receive(packet))
  const entries = await table(socket)
  if (found['error']) return 'error'
  if (found['invalid']) return 'invalid'
  return entries.length > 0 ? 'tracked' : 'untracked'
}

/** A packet with other bytes at a place of its transport header. */
function altered(packet: Uint8Array, at: number, ...bytes: readonly number[]): Uint8Array {
  const copy = packet.slice()
  copy.set(bytes, (packet[0]! >> 4 === 4 ? 20 : 40) + at)
  return copy
}

/** The same packet with the right checksums. */
function summed(packet: Uint8Array): Uint8Array {
  fillChecksums(parseIp(packet)!)
  return packet
}

type Case = readonly [name: string, packet: Uint8Array, said: Said | ((profile: Profile) => Said)]

function cases(statement: Statement, list: readonly Case[]): void {
  for (const [name, packet, expected] of list)
    scenario(statement, name, async (world) => {
      await world.rules(track)
      const wanted = typeof expected === 'string' ? expected : expected(world.profile)
      assert.equal(await said(world, packet), wanted)
    })
}

const [from, to] = [`${peer}:1000`, `${us}:80`]
const bytes = (length: number, ...first: readonly number[]) => Uint8Array.from({ length }, (_, i) => first[i] ?? 0)

/** Of FIN, SYN, RST, ACK and URG. */
const possible = ['S', 'SU', 'A', 'AU']
const everyCombination = Array.from({ length: 32 }, (_, bits) =>
  [...'FSRAU'].filter((_, i) => bits & (1 << i)).join(''),
)

cases('F-162', [
  ...everyCombination.map(
    (flags): Case => [
      `a first segment with the flags ${flags || 'none'}`,
      segment(from, to, flags),
      possible.includes(flags) ? 'tracked' : 'invalid',
    ],
  ),
  ['a first segment with PSH, ECE and CWR besides', segment(from, to, 'SPEC'), 'tracked'],
  ...[3, 4, 7, 10, 19].map(
    (length): Case => [`a segment of ${length} bytes`, raw(ipProtocol.tcp, peer, us, bytes(length)), 'invalid'],
  ),
  ['a segment whose header is shorter than one', summed(altered(segment(from, to, 'S'), 12, 0x40)), 'invalid'],
  ['a segment whose header is longer than it', summed(altered(segment(from, to, 'S'), 12, 0x80)), 'invalid'],
  [
    'a segment whose header is as long as it',
    summed(altered(segment(from, to, 'S', { payload: '1234' }), 12, 0x60)),
    'tracked',
  ],
  ['a segment with a wrong checksum', altered(segment(from, to, 'S'), 16, 1, 2), 'invalid'],
  [
    'a segment over IPv6 with a wrong checksum',
    altered(segment(`[${peer6}]:1`, `[${us6}]:2`, 'S'), 16, 1, 2),
    'invalid',
  ],
  ['a segment over IPv6', segment(`[${peer6}]:1`, `[${us6}]:2`, 'S'), 'tracked'],
])

scenario('F-162', 'a segment of a connection whose header is longer than it', async (world) => {
  const [client, server] = ['10.1.0.1:1000', '10.1.0.2:80']
  await follow(world, ['> S 1000', '< SA 5000/1001', '> A 1001/5001'])
  const whole = segment(client, server, 'A', { sequence: 1001, acknowledgment: 5001, window: 1000 })
  assert.equal(await stateOf(world, altered(whole, 12, 0x80)), 'invalid')
  assert.equal(await stateOf(world, whole), 'established')
})

cases('F-163', [
  ...[3, 4, 7].map(
    (length): Case => [`a datagram of ${length} bytes`, raw(ipProtocol.udp, peer, us, bytes(length)), 'invalid'],
  ),
  ...[0, 7, 14, 0xffff].map(
    (length): Case => [
      `a datagram of 13 bytes that claims ${length}`,
      altered(udp(from, to), 4, length >> 8, length & 0xff, 0, 0),
      'invalid',
    ],
  ),
  ['a datagram that claims less than there is', altered(udp(from, to), 4, 0, 9, 0, 0), 'tracked'],
  ['a datagram with a wrong checksum', altered(udp(from, to), 6, 1, 2), 'invalid'],
  ['a datagram without a checksum', altered(udp(from, to), 6, 0, 0), 'tracked'],
  ['a datagram over IPv6 without a checksum', altered(udp(`[${peer6}]:1`, `[${us6}]:2`), 6, 0, 0), 'tracked'],
  ['a datagram over IPv6 with a wrong checksum', altered(udp(`[${peer6}]:1`, `[${us6}]:2`), 6, 1, 2), 'invalid'],
  ['a datagram to port 0', udp(`${peer}:1`, `${us}:0`), 'tracked'],
  ['UDP-Lite without a checksum', raw(136, peer, us, bytes(8, 0, 1, 0, 2)), liteSaid],
  ['UDP-Lite that covers less than its header', raw(136, peer, us, bytes(8, 0, 1, 0, 2, 0, 7, 1, 1)), liteSaid],
  ['UDP-Lite that covers more than there is', raw(136, peer, us, bytes(8, 0, 1, 0, 2, 0, 9, 1, 1)), liteSaid],
  ...[0, 8, 13].map(
    (covered): Case => [`UDP-Lite that says it covers ${covered} of 13 bytes`, lite(covered), 'tracked'],
  ),
  ['a protocol without ports, and without content', raw(89, peer, us, bytes(0)), 'tracked'],
  ['an IPv6 packet in which no header follows', raw(ipProtocol.noNextHeader, peer6, us6, bytes(8)), 'invalid'],
  ['an IPv6 packet whose options are cut off', raw(ipProtocol.destinationOptions, peer6, us6, bytes(4)), 'invalid'],
])

/** 13 bytes of UDP-Lite; 0 covers all of them. The kernel takes the pseudo-header of UDP for its own (udplite_error). */
function lite(covered: number): Uint8Array {
  const transport = bytes(13, 0, 1, 0, 2, 0, covered, 0, 0, 1, 2, 3, 4, 5)
  const pseudo = [...parseAddress(peer)!, ...parseAddress(us)!, 0, ipProtocol.udp, 0, transport.length]
  const sum = internetChecksum(Uint8Array.of(...pseudo, ...transport.subarray(0, covered || transport.length)))
  putBe16(transport, 6, sum)
  return raw(ipProtocol.udplite, peer, us, transport)
}

function liteSaid({ udplite }: Profile): Said {
  return udplite ? 'invalid' : 'tracked'
}

/** An ICMP message, its checksum right. */
function message(type: number, code: number, content: Uint8Array, six = false): Uint8Array {
  const packet = raw(six ? 58 : 1, six ? peer6 : peer, six ? us6 : us, Uint8Array.of(type, code, 0, 0, ...content))
  fillChecksums(parseIp(packet)!)
  return packet
}

/** A redirect of a router next to us, with an option. */
const redirect = (code: number, option: Uint8Array): Uint8Array =>
  icmp(`fe80::9 > ${us6}`, { type: 137, code, ttl: 255, payload: Uint8Array.of(...bytes(32), ...option) })
/** The option that quotes a packet. */
const redirected = Uint8Array.of(4, 8, ...bytes(6), ...udp(`[${us6}]:1000`, `[${peer6}]:53`, bytes(8)))

const id = bytes(4, 0, 7)
const begins = [8, 13, 15, 17]
const errors = [3, 4, 5, 11, 12]

cases('F-164', [
  ...Array.from({ length: 20 }, (_, type): Case => {
    const wrong = type > 18 || errors.includes(type)
    return [
      `an ICMP message of type ${type}`,
      message(type, 0, id),
      begins.includes(type) ? 'tracked' : wrong ? 'error' : 'invalid',
    ]
  }),
  ['an echo request with a code', message(8, 5, id), 'tracked'],
  ['an ICMP message of 7 bytes', raw(1, peer, us, bytes(7, 8)), 'error'],
  ['an ICMP message with a wrong checksum', altered(echo(peer, us, 7, 'request'), 2, 1, 2), 'error'],
  ...[0, 1, 4, 100, 127].map((type): Case => [`an ICMPv6 error of type ${type}`, message(type, 0, id, true), 'error']),
  ...[130, 131, 132, 133, 134, 135, 136, 143].map(
    (type): Case => [`an ICMPv6 message of type ${type}`, message(type, 0, bytes(20), true), 'untracked'],
  ),
  ...[151, 152].map(
    (type): Case => [
      `an ICMPv6 message of type ${type}`,
      message(type, 0, bytes(20), true),
      ({ leavesOutRouterDiscovery }) => (leavesOutRouterDiscovery ? 'untracked' : 'invalid'),
    ],
  ),
  ...[128, 139].map((type): Case => [`an ICMPv6 request of type ${type}`, message(type, 0, id, true), 'tracked']),
  ...[129, 138, 140, 141, 142, 144, 150, 153, 255].map(
    (type): Case => [`an ICMPv6 message of type ${type}`, message(type, 0, id, true), 'invalid'],
  ),
  ['an ICMPv6 message of 7 bytes', raw(58, peer6, us6, bytes(7, 128)), 'error'],
  ['an ICMPv6 message with a wrong checksum', altered(echo(peer6, us6, 7, 'request'), 2, 1, 2), 'error'],
  ['a neighbour message with a wrong checksum', altered(message(135, 0, bytes(20), true), 2, 1, 2), 'error'],
  ['ICMPv6 over IPv4', raw(58, peer, us, bytes(8, 128)), 'invalid'],
  ['ICMP over IPv6', raw(1, peer6, us6, bytes(8, 8)), 'invalid'],
  ['a neighbour redirect from afar', message(137, 0, bytes(44), true), 'error'],
  ['a neighbour redirect without an option', redirect(0, bytes(0)), 'error'],
  ['a neighbour redirect with an option of no length', redirect(0, bytes(8, 4, 0)), 'error'],
  ['a neighbour redirect with another option', redirect(0, bytes(8, 1, 1)), 'invalid'],
  ['a neighbour redirect about a packet of no connection', redirect(0, redirected), 'error'],
  ['a neighbour redirect with a code', redirect(1, redirected), 'invalid'],
])

scenario('F-165', 'a neighbour redirect about a packet of a connection', async (world) => {
  await world.rules(track)
  const socket = world.open()
  await world.receive(udp(`[${peer6}]:53`, `[${us6}]:1000`))
  assert.deepEqual(await moved(socket, () => world.receive(redirect(0, redirected))), {})
})

/** The packet an error is about, which this machine could have sent. */
const sent = udp(`${peer}:53`, `${us}:1000`)
const quoted = udp(`${us}:1000`, `${peer}:53`)

for (const [name, packet, expected] of [
  ['an error about a packet of a connection', message(3, 3, Uint8Array.of(0, 0, 0, 0, ...quoted)), undefined],
  [
    'an error about as little as is needed',
    message(3, 3, Uint8Array.of(0, 0, 0, 0, ...quoted.slice(0, 24))),
    undefined,
  ],
  ['an error about less than is needed', message(3, 3, Uint8Array.of(0, 0, 0, 0, ...quoted.slice(0, 23))), 'error'],
  [
    'an error about a later fragment',
    message(3, 3, Uint8Array.of(0, 0, 0, 0, ...quoted.slice(0, 6), 0, 9, ...quoted.slice(8))),
    'error',
  ],
  ['an error about a packet that went the other way', message(3, 3, Uint8Array.of(0, 0, 0, 0, ...sent)), 'error'],
  ['an error about an error', message(3, 3, Uint8Array.of(0, 0, 0, 0, ...message(3, 3, id))), 'error'],
] as const)
  scenario('F-165', name, async (world) => {
    await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
    await world.rules(track)
    const socket = world.open()
    await world.receive(sent)
    const found = await moved(socket, () => world.receive(packet))
    assert.deepEqual(found, expected === undefined ? {} : { [expected]: 1 })
    assert.equal((await table(socket)).length, 1)
  })

scenario('F-165', 'an error about an error, in which the identifier of an echo stands', async (world) => {
  await world.rules(track)
  const socket = world.open()
  await world.emit(echo('10.1.0.1', '10.1.0.2', 7, 'request'))
  const quotedError = raw(1, '10.1.0.1', '10.1.0.2', bytes(8, 3, 0, 0, 0, 0, 7))
  const error = summed(raw(1, '10.1.0.2', '10.1.0.1', Uint8Array.of(3, 3, 0, 0, 0, 0, 0, 0, ...quotedError)))
  const found = await moved(socket, () => world.emit(error))
  assert.ok(found['error']! > 0, JSON.stringify(found))
})

for (const [name, packet] of [
  ['a segment', altered(segment(from, to, 'S'), 16, 1, 2)],
  ['a datagram', altered(udp(from, to), 6, 1, 2)],
  ['an ICMP message', altered(echo(peer, us, 7, 'request'), 2, 1, 2)],
] as const)
  scenario('F-166', `the checksum of ${name} does not matter where it is not looked at`, async (world) => {
    await world.sysctl('net.netfilter.nf_conntrack_checksum', 0)
    await world.rules(track)
    assert.equal(await said(world, packet), 'tracked')
  })

for (const [name, packet] of [
  ['a segment', altered(segment('10.1.0.1:1000', '10.1.0.2:80', 'S'), 16, 1, 2)],
  ['a datagram', altered(udp('10.1.0.1:1000', '10.1.0.2:80'), 6, 1, 2)],
  ['an ICMP message', altered(echo('10.1.0.1', '10.1.0.2', 7, 'request'), 2, 1, 2)],
] as const)
  scenario('F-166', `the checksum of ${name} does not matter on its way out`, async (world) => {
    await world.rules(track)
    const socket = world.open()
    assert.deepEqual(await moved(socket, () => world.emit(packet)), {})
    assert.equal((await table(socket)).length, 1)
  })
