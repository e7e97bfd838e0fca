import assert from 'node:assert/strict'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import { udp } from '../packet.ts'
import { attributesOf, ids, Queue, toQueue } from '../queue.ts'
import { scenario } from '../scenario.ts'

const { packetHdr, mark, indev, outdev, hwaddr, payload, skbInfo, uid, gid, priority, timestamp } = ids
const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const hello6 = udp('[fd00::1]:1000', '[fd00::2]:7007')
const lo = 1

for (const [name, table, expected] of [
  ['prerouting', 'mangle', [packetHdr, indev, hwaddr, skbInfo, payload]],
  ['input', 'filter', [packetHdr, indev, hwaddr, skbInfo, payload]],
  ['output', 'mangle', [packetHdr, outdev, payload]],
  ['postrouting', 'mangle', [packetHdr, outdev, payload]],
] as const) {
  scenario('F-062', `what a packet on lo says at ${name.toUpperCase()}`, async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(toQueue(7, { hook: name, table }))
    for (const packet of [hello, hello6]) {
      await world.emit(packet)
      const queued = await queue.packet()
      assert.equal(queued.hook, hook[name])
      assert.deepEqual(
        attributesOf(queued).filter((id) => id !== timestamp),
        expected,
      )
      assert.equal(queued.get(nfqa.rows.skbInfo), expected.includes(skbInfo as never) ? 4 : undefined)
    }
  })
}

scenario('F-062', 'a checksum left open is trusted on arrival', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7, { hook: 'input' }))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  assert.deepEqual(
    attributesOf(await queue.packet()).filter((id) => id !== timestamp),
    [packetHdr, indev, hwaddr, payload],
  )
})

scenario('F-062', 'the hardware address on lo is six zeros', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7, { hook: 'input' }))
  await world.emit(hello)
  const packet = await queue.packet()
  assert.deepEqual(packet.get(nfqa.rows.hwaddr), { hwAddrlen: 6, hwAddr: new Uint8Array(8) })
  assert.equal(packet.get(nfqa.rows.ifindexIndev), lo)
})

scenario('F-063', 'a mark is there when it is not 0', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello, { mark: 0xbeef })
  await world.emit(hello)
  const [marked, plain] = await queue.packets(2)
  assert.deepEqual(attributesOf(marked!), [packetHdr, outdev, mark, payload])
  assert.equal(marked!.mark, 0xbeef)
  assert.deepEqual(attributesOf(plain!), [packetHdr, outdev, payload])
})

scenario('F-063', 'a priority is there when it is not 0', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello, { priority: 5, mark: 1 })
  await world.emit(hello)
  const [first, plain] = await queue.packets(2)
  assert.deepEqual(attributesOf(first!), [packetHdr, outdev, mark, priority, payload])
  assert.equal(first!.get(nfqa.rows.priority), 5)
  assert.deepEqual(attributesOf(plain!), [packetHdr, outdev, payload])
})

scenario('F-063', 'a mark a rule set is there', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules({ ...toQueue(7), table: 'mangle', action: { kind: 'mark', value: 77 } }, toQueue(7))
  await world.emit(hello)
  assert.equal((await queue.packet()).mark, 77)
})

scenario('F-064', 'no time at OUTPUT and POSTROUTING', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7), { ...toQueue(7), hook: 'postrouting', table: 'mangle', port: 7008 })
  await world.emit([hello, udp('10.1.0.1:1000', '10.1.0.2:7008')])
  for (const packet of await queue.packets(2)) assert.ok(!attributesOf(packet).includes(timestamp))
})

scenario('F-067', 'with UID_GID a local packet says whose it is', async (world) => {
  const queue = await Queue.open(world, 7, { flags: queueFlags.uidGid, mask: queueFlags.uidGid })
  await world.rules(toQueue(7), { ...toQueue(7), hook: 'input', port: 7008 })
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  const packet = await queue.packet()
  assert.deepEqual(attributesOf(packet), [packetHdr, outdev, uid, gid, payload])
  assert.deepEqual({ uid: packet.get(nfqa.rows.uid), gid: packet.get(nfqa.rows.gid) }, world.owner)
})

scenario('F-067', 'without UID_GID it does not', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  assert.deepEqual(attributesOf(await queue.packet()), [packetHdr, outdev, payload])
})
