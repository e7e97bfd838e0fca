import assert from 'node:assert/strict'
import * as build from '@nfkit/ip-codec/build'
import { moved } from '../counters.ts'
import { track } from '../events.ts'
import { table } from '../flow.ts'
import { altered, bytes, type Case, cases, peer, peer6, summed, us, us6 } from '../judged.ts'
import { echo, raw, udp } from '../packet.ts'
import { scenario } from '../scenario.ts'

/** An ICMP message, its checksum right. */
function message(type: number, code: number, content: Uint8Array, six = false): Uint8Array {
  return summed(raw(six ? 58 : 1, six ? peer6 : peer, six ? us6 : us, Uint8Array.of(type, code, 0, 0, ...content)))
}

/** A redirect of a router next to us, with an option. */
const redirect = (code: number, option: Uint8Array): Uint8Array =>
  build.icmp(`fe80::9 > ${us6}`, { type: 137, code, ttl: 255, payload: Uint8Array.of(...bytes(32), ...option) })
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
