import assert from 'node:assert/strict'
import { be16, be32 } from '@nfkit/inet/bytes'
import { parseIp } from '@nfkit/ip-codec'
import type { Conntrack } from '@nfkit/netlink-codec/conntrack'
import { track } from '../events.ts'
import { creation } from '../flow.ts'
import { tcp, udp } from '../packet.ts'
import { scenario } from '../scenario.ts'
import type { Arrival, World } from '../world.ts'

const [one, other] = ['10.1.0.1:1000', '10.1.0.2:7007']
const moved = (offsetBefore: number, offsetAfter: number) => ({ correctionPos: 2000, offsetBefore, offsetAfter })

/** What arrives of a packet of a connection whose numbers move. */
async function arrived(world: World, protocol: string, packet: Uint8Array, more: Conntrack): Promise<Arrival[]> {
  await world.rules(track)
  await world.sysctl('net.netfilter.nf_conntrack_tcp_be_liberal', 1)
  await world.open().must(creation(`${protocol} ${one} > ${other}`, { timeout: 100, ...more }))
  await world.emit(packet)
  return world.arrivals(0)
}

const established = { protoinfo: { tcp: { state: 3 } } }

for (const [what, seq, expected] of [
  ['up to a place by one number', 1000, 1003],
  ['behind it by another', 5000, 5010],
] as const)
  scenario('F-208', `a sequence number moves ${what}`, async (world) => {
    const segment = tcp(one, other, 'A', { seq, ack: 1 })
    const [{ transport, header } = assert.fail()] = await arrived(world, 'tcp', segment, {
      ...established,
      seqAdjOrig: moved(3, 10),
    })
    assert.equal(be32(transport, 4), expected)
    assert.equal(parseIp(Uint8Array.from([...header, ...transport]))?.tcp?.checksumState, 'valid')
  })

scenario('F-208', 'an acknowledgement moves back by what the other direction moves', async (world) => {
  const [{ transport } = assert.fail()] = await arrived(world, 'tcp', tcp(one, other, 'A', { seq: 1, ack: 5000 }), {
    ...established,
    seqAdjReply: moved(0, 5),
  })
  assert.equal(be32(transport, 8), 4995)
})

scenario('F-208', 'so do bytes of a datagram', async (world) => {
  const payload = new Uint8Array(20)
  const [{ transport } = assert.fail()] = await arrived(world, 'udp', udp(one, other, payload), {
    seqAdjOrig: moved(0, 1),
  })
  assert.notEqual(be16(transport, 6), be16(udp(one, other, payload), 26))
})

scenario('F-208', 'a datagram that is shorter than a header of TCP is dropped', async (world) => {
  assert.deepEqual(await arrived(world, 'udp', udp(one, other, 'hello'), { seqAdjOrig: moved(0, 0) }), [])
})
