import assert from 'node:assert/strict'
import { icmp } from '@nfkit/ip-codec/build'
import { nfqa, skbInfo } from '@nfkit/netlink-codec/nfqueue'
import { track } from '../events.ts'
import { udp } from '../packet.ts'
import { Queue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import { segment } from '../segment.ts'

const [peer, us] = ['10.2.0.9', '10.2.0.1']

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
