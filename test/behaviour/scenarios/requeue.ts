import assert from 'node:assert/strict'
import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import { udp } from '../packet.ts'
import { pending, Queue, queuedPackets, waiting } from '../queue.ts'
import { bind } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Rule } from '../world.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const dropLater: Rule = { hook: 'output', table: 'security', protocol: 'udp', action: { kind: 'drop' } }
const moveTo = (number: number, bypass = false): number =>
  ((number << 16) | (bypass ? 0x8000 : 0) | verdicts.queue) >>> 0

scenario('F-083', 'QUEUE moves a packet to another queue, with a new id', async (world) => {
  const queue = await waiting(world, 2)
  const other = await Queue.open(world, 8)
  assert.equal((await queue.judge(2, moveTo(8))).error, '0')
  const moved = await other.packet()
  assert.deepEqual([moved.queue, moved.id], [8, 1])
  assert.deepEqual(moved.payload, hello)
  assert.deepEqual([await pending(world), await pending(world, 8)], [1, 1])
  await other.judge(1, 'accept')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-083', 'QUEUE to the same queue gives a new id', async (world) => {
  const queue = await waiting(world)
  const { replies } = await queue.judge(1, moveTo(7))
  assert.deepEqual(
    queuedPackets(replies).map(({ id }) => id),
    [2],
  )
})

scenario('F-083', 'a moved packet goes on where it was', async (world) => {
  const queue = await waiting(world, 1, hello, dropLater)
  const other = await Queue.open(world, 8)
  await queue.judge(1, moveTo(8))
  await other.packet()
  await other.judge(1, 'accept')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-084', 'QUEUE to a missing queue drops', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(1, moveTo(8))).error, '0')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-084', 'QUEUE to a missing queue with bypass accepts', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(1, moveTo(8, true))).error, '0')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-086', 'a packet queued again comes before the acknowledgement', async (world) => {
  const queue = await waiting(world)
  await queue.socket.must(bind(8))
  const { error, replies } = await queue.judge(1, moveTo(8))
  assert.equal(error, '0')
  assert.deepEqual(
    queuedPackets(replies).map((packet) => [packet.queue, packet.id]),
    [[8, 1]],
  )
})

scenario('F-087', 'mark and priority of a verdict are seen in the next queue', async (world) => {
  const queue = await waiting(world)
  const other = await Queue.open(world, 8)
  await queue.judge(1, moveTo(8), { mark: 0x2a, priority: 6 })
  const packet = await other.packet()
  assert.deepEqual([packet.mark, packet.get(nfqa.rows.priority)], [0x2a, 6])
  await other.judge(1, moveTo(7), { mark: 0 })
  assert.equal((await queue.packet()).mark, 0)
})

scenario('F-088', 'a rewritten packet is seen in the next queue', async (world) => {
  const queue = await waiting(world)
  const other = await Queue.open(world, 8)
  const payload = udp('10.1.0.1:1000', '10.1.0.2:7007', 'other')
  await queue.judge(1, moveTo(8), { payload })
  assert.deepEqual((await other.packet()).payload, payload)
})
