import assert from 'node:assert/strict'
import { formatHex } from '@nfkit/inet'
import { u32 } from '@nfkit/netlink-codec'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { copyMode, nfqa, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import { echo, tcp, udp } from '../packet.ts'
import { attributesOf, ids, Queue, toQueue } from '../queue.ts'
import { scenario } from '../scenario.ts'

const { packetHdr, outdev, payload, skbInfo } = ids
const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const hello6 = udp('[fd00::1]:1000', '[fd00::2]:7007')
const lo = 1

scenario('F-060', "a packet's message has no sequence, no port, no flags and no padding", async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit([hello, hello])
  const items = (await queue.socket.take()) as Uint8Array[]
  assert.equal(items.length, 2)
  for (const item of items) {
    assert.deepEqual([item[4], item[5], u32(item, 0), u32(item, 8), u32(item, 12)], [0, 3, item.length, 0, 0])
    assert.deepEqual([item[6], item[7], item[16], item[17], item[18], item[19]], [0, 0, 2, 0, 0, 7])
    assert.equal(item.length % 4, 1) // 33 bytes of payload
    assert.deepEqual(item.slice(-hello.length), hello)
  }
})

scenario('F-061', 'OUTPUT: header, output device, payload', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello)
  const packet = await queue.packet()
  assert.deepEqual(attributesOf(packet), [packetHdr, outdev, payload])
  assert.deepEqual(
    [packet.id, packet.hook, packet.hwProtocol, packet.get(nfqa.rows.ifindexOutdev)],
    [1, hook.output, 0x0800, lo],
  )
})

scenario('F-061', 'IPv6: family 10 and its Ethernet type', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello6)
  const packet = await queue.packet()
  assert.deepEqual([packet.family, packet.hwProtocol, packet.queue], [10, 0x86dd, 7])
  assert.deepEqual(packet.payload, hello6)
})

scenario('F-061', 'META: no payload, and the checksum is left open', async (world) => {
  const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.meta, copyRange: 0 } })
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  const packet = await queue.packet()
  assert.deepEqual(attributesOf(packet), [packetHdr, outdev, skbInfo])
  assert.equal(packet.get(nfqa.rows.skbInfo), 1)
})

scenario('F-061', 'META: a packet with its checksum has no SKB_INFO', async (world) => {
  const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.meta, copyRange: 0 } })
  await world.rules(toQueue(7))
  await world.emit(hello)
  assert.deepEqual(attributesOf(await queue.packet()), [packetHdr, outdev])
})

scenario('F-061', 'PACKET: the checksum is completed first', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  const packet = await queue.packet()
  assert.deepEqual(attributesOf(packet), [packetHdr, outdev, payload])
  assert.equal(formatHex(packet.payload.slice(26, 28)), formatHex(hello.slice(26, 28)))
})

scenario('F-061', 'PACKET with GSO: the checksum is left open', async (world) => {
  const queue = await Queue.open(world, 7, { flags: queueFlags.gso, mask: queueFlags.gso })
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  assert.equal((await queue.packet()).get(nfqa.rows.skbInfo), 1)
})

for (const [name, packet] of [
  ['TCP', tcp('10.1.0.1:1000', '10.1.0.2:80', 'S')],
  ['TCP over IPv6', tcp('[fd00::1]:1000', '[fd00::2]:80', 'SA')],
  ['ICMP', echo('10.1.0.1', '10.1.0.2', 7, 'request')],
  ['ICMPv6', echo('fd00::1', 'fd00::2', 7, 'request')],
] as const) {
  scenario('F-061', `${name} comes as it was sent`, async (world) => {
    const queue = await Queue.open(world, 7)
    const protocol = name.startsWith('TCP') ? 'tcp' : 'icmp'
    await world.rules({ hook: 'output', table: 'filter', protocol, action: { kind: 'queue', number: 7 } })
    await world.emit(packet)
    assert.deepEqual((await queue.packet()).payload, packet)
  })
}
