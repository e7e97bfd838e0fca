import assert from 'node:assert/strict'
import { formatHex, ipProtocol } from '@nfkit/inet'
import { parseIp } from '@nfkit/ip-codec'
import * as build from '@nfkit/ip-codec/build'
import { tcpState } from '@nfkit/netlink-codec/conntrack'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, skbInfo } from '@nfkit/netlink-codec/nfqueue'
import { told, unnumbered } from '../answers.ts'
import { changes, listener, track } from '../events.ts'
import { entryOf, table } from '../flow.ts'
import { echo, raw, tcp, udp } from '../packet.ts'
import { Queue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import type { HookName, Rule, World } from '../world.ts'

type How = 'tcp reset' | 'port'

/** Packets with the mark 1 are rejected, and what leaves without it, which are the answers, goes to queue 7. */
const rules = (how: How, hook: HookName = 'input'): Rule[] => [
  {
    hook,
    table: 'filter',
    ifMark: 1,
    ...(how === 'tcp reset' ? { protocol: 'tcp' } : {}),
    action: { kind: 'reject', with: how },
  },
  { hook: 'output', table: 'filter', unlessMark: 1, action: { kind: 'queue', number: 7 } },
]

/** What is sent in answer to a packet. The queue drops it. */
async function answers(world: World, packet: Uint8Array, how: How, count: number, hook?: HookName): Promise<string[]> {
  await world.rules(...rules(how, hook))
  const queue = await Queue.open(world, 7)
  await world.emit(packet, { mark: 1 })
  const payloads = await told(queue, count)
  assert.deepEqual(await world.arrivals(0), [])
  return payloads.map((payload) => formatHex(unnumbered(payload)))
}

const [from, to] = ['10.1.0.1:1000', '10.1.0.2:22']
const [from6, to6] = ['[fd00::1]:1000', '[fd00::2]:22']
const back = { rst: true, window: 0 }

const resets: readonly (readonly [name: string, packet: Uint8Array, answer: Uint8Array])[] = [
  [
    'a SYN acknowledges it',
    tcp(from, to, 'S', { seq: 1000 }),
    build.tcp(`${to} > ${from}`, { ...back, ack: true, acknowledgment: 1001 }),
  ],
  [
    'a SYN of IPv6 acknowledges it',
    tcp(from6, to6, 'S', { seq: 0xffff_ffff }),
    build.tcp(`${to6} > ${from6}`, { ...back, ack: true, acknowledgment: 0 }),
  ],
  [
    'a SYN with a number beyond half of them acknowledges it',
    tcp(from, to, 'S', { seq: 0x9000_0000 }),
    build.tcp(`${to} > ${from}`, { ...back, ack: true, acknowledgment: 0x9000_0001 }),
  ],
  [
    'data without an acknowledgement acknowledges it and its FIN',
    tcp(from, to, 'F', { seq: 1000, payload: 'hello' }),
    build.tcp(`${to} > ${from}`, { ...back, ack: true, acknowledgment: 1006 }),
  ],
  [
    'an acknowledgement has the number it expects',
    tcp(from, to, 'PA', { seq: 1000, ack: 5001, payload: 'hello' }),
    build.tcp(`${to} > ${from}`, { ...back, sequence: 5001 }),
  ],
]
for (const [name, packet, answer] of resets)
  scenario('F-180', `a reset for ${name}`, async (world) => {
    assert.deepEqual(await answers(world, packet, 'tcp reset', 1), [formatHex(answer)])
  })

/** The error about a packet, as it is without what is random. */
function about(packet: Uint8Array, tos: number): Uint8Array {
  const ip = parseIp(packet)!
  const fields = ip.version === 4 ? { dontFragment: false, dscp: tos >> 2, ecn: tos & 3 } : {}
  const ends = { source: ip.destination, destination: ip.source }
  return unnumbered(build.icmpUnreachable(ends, packet, 'port', fields))
}

const long = udp(from, to, 'x'.repeat(1_400))
const errors: readonly (readonly [name: string, packet: Uint8Array, tos?: number])[] = [
  ['UDP', udp(from, to)],
  ['UDP of IPv6', udp(from6, to6)],
  ['UDP without a checksum', Uint8Array.from(udp(from, to), (byte, at) => (at === 26 || at === 27 ? 0 : byte))],
  ['UDP with a type of service, of which bits 1 to 4 come back', udp(from, to, 'hello', { tos: 0x1b }), 0xda],
  ['TCP', tcp(from, to, 'S')],
  ['an echo request', echo('10.1.0.1', '10.1.0.2', 7, 'request')],
  ['an echo request of IPv6', echo('fd00::1', 'fd00::2', 7, 'request')],
  ['GRE, whatever its bytes add up to', raw(47, '10.1.0.1', '10.1.0.2', Uint8Array.of(1, 2, 3, 4))],
  ['another protocol that is all zeros', raw(89, '10.1.0.1', '10.1.0.2', new Uint8Array(24))],
  ['a long packet, of which 548 bytes are quoted', long],
  ['a long packet of IPv6, of which 1232 bytes are quoted', udp(from6, to6, 'x'.repeat(1_400))],
]
for (const [name, packet, tos = 0xc0] of errors)
  scenario('F-180', `an ICMP error for ${name}`, async (world) => {
    assert.deepEqual(await answers(world, packet, 'port', 1), [formatHex(about(packet, tos))])
  })

scenario('F-180', 'a sender on this machine is answered where it sends', async (world) => {
  const [, packet, answer] = resets[0]!
  assert.deepEqual(await answers(world, packet, 'tcp reset', 1, 'output'), [formatHex(answer)])
})

const [stranger, stranger6] = [udp('10.2.0.9:1000', '10.3.0.9:53'), udp('[fd02::9]:1000', '[fd03::9]:53')]
for (const [name, packet, source] of [
  ['IPv4', stranger, '10.2.0.1'],
  ['IPv6', stranger6, 'fd02::1'],
] as const)
  scenario(
    'F-180',
    `an ICMP error for a packet of ${name} on its way to others comes from the router`,
    async (world) => {
      await world.rules(
        { hook: 'forward', table: 'filter', action: { kind: 'reject', with: 'port' } },
        { hook: 'output', table: 'filter', protocol: 'icmp', action: { kind: 'queue', number: 7 } },
      )
      const queue = await Queue.open(world, 7)
      await world.receive(packet)
      const ends = (await told(queue, 1))
        .map((answer) => parseIp(answer)!)
        .map(({ source, destination }) => [source, destination])
      assert.deepEqual(ends, [[source, parseIp(packet)!.source]])
    },
  )

const broken = (packet: Uint8Array): Uint8Array => Uint8Array.from(packet, (byte, at) => (at === 35 ? byte ^ 1 : byte))
const silent: readonly (readonly [name: string, packet: Uint8Array, how: How])[] = [
  ['a reset', tcp(from, to, 'R', { seq: 1000 }), 'tcp reset'],
  ['a segment with a wrong checksum', broken(tcp(from, to, 'S')), 'tcp reset'],
  ['a datagram with a wrong checksum', broken(udp(from, to, 'hello, world')), 'port'],
  ['half a header of UDP that does not add up', raw(17, '10.1.0.1', '10.1.0.2', Uint8Array.of(1, 2, 3, 4)), 'port'],
  ['an ICMP error', build.icmpUnreachable('10.1.0.1 > 10.1.0.2', udp(to, from), 'port', { ttl: 61 }), 'port'],
  ['an ICMPv6 error', build.icmpUnreachable('fd00::1 > fd00::2', udp(to6, from6), 'port', { ttl: 61 }), 'port'],
  [
    'an ICMP message that does not say its type',
    raw(ipProtocol.icmp, '10.1.0.1', '10.1.0.2', new Uint8Array()),
    'port',
  ],
  ['a packet of IPv6 with nothing behind its header', raw(50, 'fd00::1', 'fd00::2', new Uint8Array()), 'port'],
  ['another protocol whose bytes do not add up', raw(89, '10.1.0.1', '10.1.0.2', Uint8Array.of(1, 2, 3, 4)), 'port'],
]
for (const [name, packet, how] of silent)
  scenario('F-181', `${name} is not answered`, async (world) => {
    assert.deepEqual(await answers(world, packet, how, 0), [])
  })

scenario('F-181', 'nor is DCCP whose bytes do not add up, where the kernel does not know it', async (world) => {
  const packet = raw(ipProtocol.dccp, '10.1.0.1', '10.1.0.2', new Uint8Array(16).fill(7))
  const count = world.profile.dccp ? 1 : 0
  assert.equal((await answers(world, packet, 'port', count)).length, count)
})

for (const [version, packet, info] of [
  ['IPv4', tcp(from, to, 'S'), undefined],
  ['IPv6', tcp(from6, to6, 'S'), skbInfo.csumNotVerified],
] as const)
  scenario('F-431', `a reset of ${version}`, async (world) => {
    const [reject] = rules('tcp reset')
    await world.rules(reject!, {
      hook: 'postrouting',
      table: 'mangle',
      unlessMark: 1,
      action: { kind: 'queue', number: 7 },
    })
    const queue = await Queue.open(world, 7)
    await world.emit(packet, { mark: 1 })
    assert.equal((await queue.packet()).get(nfqa.rows.skbInfo), info)
  })

scenario('F-185', 'one that comes back over lo', async (world) => {
  const [reject] = rules('port', 'output')
  await world.rules(track, reject!, { hook: 'input', table: 'filter', action: { kind: 'queue', number: 7 } })
  const queue = await Queue.open(world, 7)
  await world.emit(udp(from, to), { mark: 1 })
  assert.deepEqual(await told(queue, 0), [])
})

const ssh = 'tcp 10.1.0.1:1000 > 10.1.0.2:22'
const [reset] = rules('tcp reset')

scenario('F-182', 'an established connection that is reset', async (world) => {
  await world.rules(track, reset!)
  const socket = world.open()
  await world.emit(tcp(from, to, 'S', { seq: 1000 }))
  await world.emit(tcp(to, from, 'SA', { seq: 5000, ack: 1001 }))
  await world.emit(tcp(from, to, 'A', { seq: 1001, ack: 5001 }))
  await world.emit(tcp(from, to, 'PA', { seq: 1001, ack: 5001, payload: 'hello' }), { mark: 1 })
  const { protoinfo, timeout = 0 } = await entryOf(socket, ssh)
  assert.equal(protoinfo?.tcp?.state, tcpState.close)
  assert.ok(timeout <= 10, `${timeout}`)
})

scenario('F-182', 'a first packet that is reset before it leaves', async (world) => {
  await world.rules(track, { ...reset!, hook: 'output' })
  await world.emit(tcp(from, to, 'S', { seq: 1000 }), { mark: 1 })
  assert.deepEqual(await table(world.open()), [])
})

for (const size of [0, 19])
  scenario('F-444', `cut to ${size} bytes`, async (world) => {
    const [reject, toQueue] = rules('tcp reset')
    await world.rules(track, reject!, toQueue!)
    const queue = await Queue.open(world, 7)
    const events = listener(world, group.conntrackUpdate)
    await world.emit(tcp(from, to, 'S'), { mark: 1 })
    const payload = (await queue.packet()).get(nfqa.rows.payload) as Uint8Array
    await queue.judge(1, 'accept', { payload: payload.subarray(0, size) })
    const told = await changes(events)
    assert.deepEqual(told, world.profile.validatesPayload ? [] : [['update', 8, tcpState.close]])
  })
