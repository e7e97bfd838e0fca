import assert from 'node:assert/strict'
import { copyMode, nfqa } from '@nfkit/netlink-codec/nfqueue'
import { udp } from '../packet.ts'
import { attributesOf, pending, Queue, queuedPackets, toQueue, waiting } from '../queue.ts'
import { command, config } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Rule } from '../world.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const dropLater: Rule = { hook: 'output', table: 'security', protocol: 'udp', action: { kind: 'drop' } }

scenario('F-093', 'UNBIND drops what waits', async (world) => {
  const queue = await waiting(world, 3)
  await queue.socket.must(command(7, 'unbind'))
  assert.equal((await world.queues()).size, 0)
  assert.equal((await queue.judge(1, 'accept')).error, 'ENODEV')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-093', 'closing the socket drops what waits', async (world) => {
  const queue = await waiting(world, 3)
  await queue.socket.close()
  assert.deepEqual(await world.arrivals(0), [])
  const other = await Queue.open(world, 7)
  assert.equal((await other.judge(1, 'accept')).error, 'ENOENT')
})

scenario('F-095', 'an interface that goes down drops its packets, and the queue stays', async (world) => {
  const queue = await waiting(world, 2)
  await world.link('loopback', 'down')
  assert.equal(await pending(world), 0)
  assert.equal((await queue.judge(1, 'accept')).error, 'ENOENT')
  await world.link('loopback', 'up')
  await world.emit(hello)
  assert.equal((await queue.packet()).id, 3)
})

scenario('F-096', 'deleting the rule leaves its packets', async (world) => {
  const rule = toQueue(7)
  const queue = await Queue.open(world, 7)
  await world.rules(rule, dropLater)
  await world.emit([hello, hello])
  await queue.packets(2)
  await world.removeRule(rule)
  await world.removeRule(dropLater)
  assert.equal(await pending(world), 2)
  assert.equal((await queue.judge(1, 'accept')).error, '0')
  assert.equal((await queue.judge(2, 'repeat')).error, '0')
  assert.equal((await world.arrivals(2)).length, 2)
})

scenario('F-096', 'a hook that goes drops everything that waits', async (world) => {
  const queue = await waiting(world, 2)
  await world.addHook()
  assert.equal(await pending(world), 2)
  await world.removeHook()
  assert.equal(await pending(world), 0)
  assert.equal((await queue.judge(1, 'accept')).error, 'ENOENT')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-097', 'another copy mode does not change what waits', async (world) => {
  const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.packet, copyRange: 24 } })
  await world.rules(toQueue(7))
  await world.emit(hello)
  await queue.socket
    .must(config(7, { params: { copyMode: copyMode.meta, copyRange: 0 } }))
    .then((replies) => assert.equal(queuedPackets(replies).length, 1))
  await world.emit(hello)
  assert.ok(!attributesOf(await queue.packet()).includes(nfqa.rows.payload.id))
  await queue.socket.must(config(7, { params: { copyMode: copyMode.none, copyRange: 0 } }))
  for (const id of [1, 2]) assert.equal((await queue.judge(id, 'accept')).error, '0')
  assert.equal((await world.arrivals(2)).length, 2)
})

scenario('F-099', 'balance: both directions, and all ports, to one queue', async (world) => {
  const queues: Queue[] = []
  for (const number of [0, 1, 2, 3]) queues.push(await Queue.open(world, number))
  const balanced: Rule = { hook: 'output', table: 'filter', action: { kind: 'queue', number: 0, last: 3 } }
  await world.rules({ ...balanced, protocol: 'udp' })
  await world.emit([
    udp('10.1.0.1:1000', '10.1.0.2:2000'),
    udp('10.1.0.2:2000', '10.1.0.1:1000'),
    udp('10.1.0.1:5', '10.1.0.2:6'),
    udp('10.1.0.2:77', '10.1.0.1:78'),
  ])
  const counts = []
  for (const { socket } of queues) counts.push((await socket.messages()).length)
  assert.deepEqual(counts.toSorted(), [0, 0, 0, 4])
})
