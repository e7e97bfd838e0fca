import assert from 'node:assert/strict'
import { formatHex } from '@nfkit/inet'
import { be16, putBe16 } from '@nfkit/inet/bytes'
import { internetChecksum, parseIp } from '@nfkit/ip-codec'
import * as build from '@nfkit/ip-codec/build'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import { told, unnumbered } from '../answers.ts'
import { track } from '../events.ts'
import { table } from '../flow.ts'
import { echo, udp } from '../packet.ts'
import { Queue, toQueue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import type { World } from '../world.ts'

const [from, to] = ['10.2.0.9:1000', '10.3.0.9:7007']
const [from6, to6] = ['[fd02::9]:1000', '[fd03::9]:7007']
const through = udp(from, to)

scenario('F-183', 'a right checksum stays right', async (world) => {
  await world.rules()
  await world.receive(through)
  const { header } = (await world.arrivals(1))[0]!
  assert.deepEqual([header[8], internetChecksum(header)], [60, 0])
})

for (const [what, wrong, later] of [
  ['a wrong checksum stays wrong by as much', 0x1234, 0x1334],
  ['a checksum that overflows carries', 0xff80, 0x0081],
  ['a checksum of 0xfeff becomes 0', 0xfeff, 0],
] as const)
  scenario('F-183', what, async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(toQueue(7, { hook: 'prerouting', table: 'mangle' }))
    await world.receive(through)
    await queue.packet()
    const payload = through.slice()
    putBe16(payload, 10, wrong)
    assert.equal((await queue.judge(1, 'accept', { payload })).error, '0')
    const { header } = (await world.arrivals(1))[0]!
    assert.deepEqual([header[8], be16(header, 10)], [60, later])
  })

/** What its sender is told of a packet that comes from the left; a rule at FORWARD would tell something else. */
async function errors(world: World, packet: Uint8Array, count: number): Promise<string[]> {
  await world.rules(
    { hook: 'forward', table: 'filter', action: { kind: 'reject', with: 'port' } },
    { hook: 'output', table: 'filter', protocol: 'icmp', action: { kind: 'queue', number: 7 } },
  )
  // Kernels tell one sender of few errors a second.
  for (const name of ['net.ipv4.icmp_ratelimit', 'net.ipv6.icmp.ratelimit']) await world.sysctl(name, 0)
  const queue = await Queue.open(world, 7)
  await world.receive(packet)
  const found = (await told(queue, count)).map((answer) => formatHex(unnumbered(answer)))
  assert.deepEqual(await world.arrivals(0), [])
  return found
}

/** The error about a packet, as it is without what is random. */
function exceeded(packet: Uint8Array, source: string): string {
  const ip = parseIp(packet)!
  const [type, fields] = ip.version === 4 ? [11, { dontFragment: false, dscp: 0x30, ecn: 0 }] : [3, {}]
  return formatHex(unnumbered(build.icmp({ source, destination: ip.source }, { type, payload: packet, ...fields })))
}

for (const [what, packet, source] of [
  ['IPv4 with one hop', udp(from, to, 'hello', { ttl: 1 }), '10.2.0.1'],
  ['IPv4 with none', udp(from, to, 'hello', { ttl: 0 }), '10.2.0.1'],
  ['IPv6 with one hop', udp(from6, to6, 'hello', { ttl: 1 }), 'fd02::1'],
  ['an echo request', echo('10.2.0.9', '10.3.0.9', 7, 'request', { ttl: 1 }), '10.2.0.1'],
] as const)
  scenario('F-184', `${what}: time exceeded, from the router`, async (world) => {
    assert.deepEqual(await errors(world, packet, 1), [exceeded(packet, source)])
  })

scenario('F-184', 'an ICMP error is dropped, and nobody is told', async (world) => {
  const error = build.icmpUnreachable('10.2.0.9 > 10.3.0.9', udp(to, from), 'port', { ttl: 1 })
  assert.deepEqual(await errors(world, error, 0), [])
})

scenario('F-184', 'it leaves no entry', async (world) => {
  await world.rules(track)
  await world.receive(udp(from, to, 'hello', { ttl: 1 }))
  assert.deepEqual(await table(world.open()), [])
})

scenario('F-184', 'a packet to this machine needs no hop more', async (world) => {
  await world.rules()
  await world.receive(udp('10.2.0.9:1000', '10.2.0.1:7007', 'hello', { ttl: 0 }))
  assert.equal((await world.arrivals(1)).length, 1)
})

/** What priority packets have behind the router that had the priority 7 before it. */
async function priorities(world: World, ...packets: readonly Uint8Array[]): Promise<(number | undefined)[]> {
  await world.rules(
    toQueue(7, { hook: 'prerouting', table: 'mangle' }),
    toQueue(8, { hook: 'postrouting', table: 'mangle', port: 7007 }),
  )
  const [before, behind] = [await Queue.open(world, 7), await Queue.open(world, 8)]
  for (const [i, packet] of packets.entries()) {
    await world.receive(packet)
    await before.packet()
    assert.equal((await before.judge(i + 1, 'accept', { priority: 7 })).error, '0')
  }
  return (await behind.packets(packets.length)).map((packet) => packet.get(nfqa.rows.priority))
}

scenario('F-432', 'IPv4: by the four bits behind the lowest', async (world) => {
  const services = [0x00, 0x02, 0x08, 0x10, 0x18, 0xb8, 0xe1]
  const packets = services.map((tos) => udp(from, to, 'hello', { tos }))
  const [none, bulk, interactive, interactiveBulk] = [undefined, 2, 6, 4]
  assert.deepEqual(await priorities(world, ...packets), [
    none,
    none,
    bulk,
    interactive,
    interactiveBulk,
    interactiveBulk,
    none,
  ])
})

scenario('F-432', 'IPv6: its own', async (world) => {
  assert.deepEqual(await priorities(world, udp(from6, to6, 'hello', { tos: 0xb8 })), [7])
})

scenario(
  'F-183',
  'what crosses a bridge keeps its hops, though iptables sees it',
  async (world) => {
    await world.sysctl('net.bridge.bridge-nf-call-iptables', 1)
    await world.rules()
    await world.cross(udp(from, to, 'hello', { ttl: 2 }))
    const { header } = (await world.arrivals(1))[0]!
    assert.deepEqual([header[8], internetChecksum(header)], [2, 0])
  },
  (world) => world.without('bridged iptables'),
)

for (const [version, packet, at, bytes, leaves] of [
  ['IPv4', through, 16, 4, true],
  ['IPv6', udp(from6, to6), 24, 16, false],
] as const)
  for (const hook of ['forward', 'postrouting'] as const)
    scenario('F-450', `at ${hook} a verdict takes away the destination of ${version}`, async (world) => {
      const queue = await Queue.open(world, 7)
      await world.rules(toQueue(7, { hook, table: 'mangle' }))
      await world.receive(packet)
      const { id, payload } = await queue.packet()
      const without = payload.slice().fill(0, at, at + bytes)
      if (version === 'IPv4') {
        putBe16(without, 10, 0)
        putBe16(without, 10, internetChecksum(without, 0, 20))
      }
      assert.equal((await queue.judge(id, 'accept', { payload: without })).error, '0')
      assert.equal((await world.arrivals(Number(leaves))).length, Number(leaves))
    })
