import assert from 'node:assert/strict'
import { copyMode, nfqa, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import { udp } from '../packet.ts'
import { attributesOf, ids, Queue, queuedPackets, toQueue } from '../queue.ts'
import { scenario } from '../scenario.ts'

const { packetHdr, outdev, payload, capLen, skbInfo } = ids
const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')

for (const [range, size] of [
  [20, 20],
  [32, 32],
  [33, undefined],
  [34, undefined],
] as const) {
  scenario(
    'F-065',
    `a range of ${range} ${size === undefined ? 'holds' : 'cuts'} a packet of 33 bytes`,
    async (world) => {
      const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.packet, copyRange: range } })
      await world.rules(toQueue(7))
      await world.emit(hello)
      const packet = await queue.packet()
      assert.deepEqual(
        attributesOf(packet),
        size === undefined ? [packetHdr, outdev, payload] : [packetHdr, outdev, capLen, payload],
      )
      assert.equal(packet.get(nfqa.rows.capLen), size === undefined ? undefined : 33)
      assert.deepEqual(packet.payload, hello.slice(0, size))
    },
  )
}

scenario('F-065', 'a cut packet goes on whole', async (world) => {
  const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.packet, copyRange: 24 } })
  await world.rules(toQueue(7))
  await world.emit(hello)
  await queue.judge((await queue.packet()).id, 'accept')
  const [arrived] = await world.arrivals(1)
  assert.deepEqual(arrived!.transport, hello.slice(20))
})

scenario('F-065', 'CAP_LEN comes before SKB_INFO', async (world) => {
  const settings = { params: { copyMode: copyMode.packet, copyRange: 24 }, flags: queueFlags.gso, mask: queueFlags.gso }
  const queue = await Queue.open(world, 7, settings)
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  assert.deepEqual(attributesOf(await queue.packet()), [packetHdr, outdev, capLen, skbInfo, payload])
})

for (const bytes of [1400, 9000, 60_000]) {
  scenario('F-032', `a packet of ${bytes} bytes comes whole`, async (world) => {
    const queue = await Queue.open(world, 7, { receiveBuffer: 8192 })
    await world.rules(toQueue(7))
    const packet = udp('10.1.0.1:1000', '10.1.0.2:7007', 'x'.repeat(bytes - 28))
    await world.emit(packet)
    const [queued] = queuedPackets(await queue.socket.wait(1)) // before anything else wants room in the buffer
    assert.deepEqual(queued!.payload, packet)
  })
}
