import assert from 'node:assert/strict'
import { formatHex } from '@nfkit/inet'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import { udp } from '../packet.ts'
import { attributesOf, Queue, toQueue } from '../queue.ts'
import { scenario } from '../scenario.ts'

const { packetHdr, ifindexIndev, ifindexOutdev, hwaddr, skbInfo, payload, timestamp } = nfqa.rows
const inward = udp('10.2.0.9:1000', '10.2.0.1:7007')
const inward6 = udp('[fd02::9]:1000', '[fd02::1]:7007')
const through = udp('10.2.0.9:1000', '10.3.0.9:7007')
const through6 = udp('[fd02::9]:1000', '[fd03::9]:7007')
const arrived = [packetHdr.id, ifindexIndev.id, hwaddr.id, skbInfo.id, payload.id]
const passing = [packetHdr.id, ifindexIndev.id, ifindexOutdev.id, hwaddr.id, skbInfo.id, payload.id]

for (const [name, table, packets, expected] of [
  ['prerouting', 'mangle', [inward, inward6], arrived],
  ['input', 'filter', [inward, inward6], arrived],
  ['prerouting', 'raw', [through, through6], arrived],
  ['forward', 'filter', [through, through6], passing],
  ['postrouting', 'mangle', [through, through6], passing],
] as const) {
  const way = packets[0] === through ? 'is forwarded' : 'arrives'
  scenario('F-062', `what a packet that ${way} says at ${name.toUpperCase()} (${table})`, async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(toQueue(7, { hook: name, table }))
    for (const packet of packets) {
      await world.receive(packet)
      const queued = await queue.packet()
      assert.equal(queued.hook, hook[name])
      // A time is there when anything on the machine asks for times.
      assert.deepEqual(
        attributesOf(queued).filter((id) => id !== timestamp.id),
        expected,
      )
      assert.equal(queued.get(ifindexIndev), await world.device('left'))
      if (expected === passing) assert.equal(queued.get(ifindexOutdev), await world.device('right'))
    }
  })
}

scenario('F-062', 'the hardware address is the sender’s, in eight bytes', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7, { hook: 'input' }))
  await world.receive(inward)
  const { hwAddrlen, hwAddr } = (await queue.packet()).get(hwaddr)!
  assert.deepEqual([hwAddrlen, formatHex(hwAddr)], [6, '0200000000980000'])
})

for (const [what, packet, at, length] of [
  ['IPv4', through, 'forward', 20],
  ['IPv6', through6, 'forward', 40],
  ['IPv4', through, 'postrouting', 20],
] as const) {
  scenario('F-083', `an accepted ${what} packet goes on its way from ${at.toUpperCase()}`, async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(toQueue(7, { hook: at, table: at === 'forward' ? 'filter' : 'mangle' }))
    await world.receive(packet)
    await queue.packet()
    assert.equal((await queue.judge(1, 'accept', { mark: 4 })).error, '0')
    assert.deepEqual((await world.arrivals(1))[0]!.transport, packet.slice(length))
  })
}

scenario('F-083', 'a packet dropped at FORWARD does not leave', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7, { hook: 'forward' }))
  await world.receive(through)
  await queue.packet()
  await queue.judge(1, 'drop')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-083', 'STOP at PREROUTING does not skip FORWARD', async (world) => {
  const queue = await Queue.open(world, 7)
  const drop = { hook: 'forward', table: 'filter', protocol: 'udp', action: { kind: 'drop' } } as const
  await world.rules(toQueue(7, { hook: 'prerouting', table: 'mangle' }), drop)
  await world.receive(through)
  await queue.packet()
  await queue.judge(1, 'stop')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-088', 'a forwarded packet is rewritten', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7, { hook: 'forward' }))
  await world.receive(through)
  await queue.packet()
  const rewritten = udp('10.2.0.9:1000', '10.3.0.9:7007', 'something else')
  await queue.judge(1, 'accept', { payload: rewritten })
  assert.deepEqual((await world.arrivals(1))[0]!.transport, rewritten.slice(20))
})

for (const [side, what] of [
  ['left', 'came'],
  ['right', 'go'],
] as const) {
  scenario(
    'F-095',
    `an interface that goes down drops what ${what === 'came' ? 'came from' : 'goes to'} it, and no more`,
    async (world) => {
      const queue = await Queue.open(world, 7)
      await world.rules(toQueue(7, { hook: 'forward' }), toQueue(7, { hook: 'output' }))
      await world.receive([through, through])
      await world.emit(udp('10.1.0.1:1000', '10.1.0.2:7007'))
      await queue.packets(3)
      await world.link(side, 'down')
      assert.equal((await world.queues()).get(7)![2], 1)
      assert.equal((await queue.judge(1, 'accept')).error, 'ENOENT')
      assert.equal((await queue.judge(3, 'accept')).error, '0')
      assert.equal((await world.arrivals(1)).length, 1)
    },
  )
}

scenario('F-099', 'balance: what goes and what comes, over IPv6 too', async (world) => {
  const queues: Queue[] = []
  for (const number of [0, 1, 2, 3]) queues.push(await Queue.open(world, number))
  await world.rules({ hook: 'output', table: 'filter', protocol: 'udp', action: { kind: 'queue', number: 0, last: 3 } })
  await world.emit([udp('[fd00::1]:1', '[fd00::2]:2'), udp('[fd00::2]:9', '[fd00::1]:8')])
  const counts = []
  for (const { socket } of queues) counts.push((await socket.messages()).length)
  assert.deepEqual(counts.toSorted(), [0, 0, 0, 2])
})
