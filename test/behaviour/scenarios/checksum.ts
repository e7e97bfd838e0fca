import assert from 'node:assert/strict'
import { icmp } from '@nfkit/ip-codec/build'
import { nfqa, skbInfo } from '@nfkit/netlink-codec/nfqueue'
import { moved } from '../counters.ts'
import { track } from '../events.ts'
import { table } from '../flow.ts'
import { altered, peer, said, us } from '../judged.ts'
import { echo, udp } from '../packet.ts'
import { Queue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import { segment } from '../segment.ts'

/** The same with another checksum. */
function spoilt(packet: Uint8Array, at: number): Uint8Array {
  const copy = packet.slice()
  copy[20 + at] = copy[20 + at]! ^ 0x55
  return copy
}

const datagram = udp(`${peer}:1000`, `${us}:7007`)
const odd = icmp(`${peer} > ${us}`, { type: 19, ttl: 61, identification: 1 })
for (const [what, packet, info] of [
  ['a right one', datagram, undefined],
  ['a wrong one', spoilt(datagram, 6), skbInfo.csumNotVerified],
  ['one of a segment with flags that no segment has', segment(`${peer}:1000`, `${us}:80`, 'SR'), undefined],
  ['a right one of an ICMP type that there is not', odd, undefined],
  ['a wrong one of such a type', spoilt(odd, 2), skbInfo.csumNotVerified],
] as const)
  scenario('F-204', what, async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(track, { hook: 'input', table: 'filter', action: { kind: 'queue', number: 7 } })
    await world.receive(packet)
    assert.equal((await queue.packet()).get(nfqa.rows.skbInfo), info)
  })

const [from, to] = [`${peer}:1000`, `${us}:80`]
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
