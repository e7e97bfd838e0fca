import assert from 'node:assert/strict'
import { messageFlags } from '@nfkit/netlink-codec'
import { type QueueConfig, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import { udp } from '../packet.ts'
import { Queue, queuedPackets, toQueue } from '../queue.ts'
import { command } from '../request.ts'
import { scenario } from '../scenario.ts'
import { messagesOf } from '../socket.ts'
import type { World } from '../world.ts'

const small = udp('10.1.0.1:1000', '10.1.0.2:7007', 's')
const big = udp('10.1.0.1:1000', '10.1.0.2:7007', 'b'.repeat(1400))

/** A queue whose owner does not read, and has room for few packets. */
async function deaf(world: World, receiveBuffer: number, more: QueueConfig = {}): Promise<Queue> {
  const queue = await Queue.open(world, 7, { receiveBuffer, ...more })
  await world.rules(toQueue(7))
  queue.socket.transport.pause()
  return queue
}

/** What the owner reads once it reads again: first the errors, for a transport may tell of them after what it read with them; then ids. */
async function read(queue: Queue): Promise<(string | number)[]> {
  queue.socket.transport.resume()
  const items = await queue.socket.take()
  const packets = items.filter((item) => typeof item !== 'string').flatMap((item) => queuedPackets(messagesOf(item)))
  return [...items.filter((item) => typeof item === 'string'), ...packets.map(({ id }) => id)]
}

const dropped = async (world: World): Promise<number> => (await world.queues()).get(7)![6]!

scenario('F-030', 'an overrun is reported once, and what waits is read', async (world) => {
  const queue = await deaf(world, 10_000)
  await world.emit(Array.from({ length: 30 }, () => small))
  const [first, ...rest] = await read(queue)
  assert.equal(first, 'ENOBUFS')
  assert.ok(rest.length > 3 && rest.length < 30, `${rest.length} packets`)
  assert.deepEqual(
    rest,
    rest.map((_, i) => i + 1),
  )
})

scenario('F-068', 'a packet lost to an overrun takes an id', async (world) => {
  const queue = await deaf(world, 10_000)
  await world.emit(Array.from({ length: 30 }, () => small))
  await read(queue)
  await world.emit(small)
  assert.equal((await queue.packet()).id, 31)
})

scenario('F-031', 'after an overrun even what would fit is lost', async (world) => {
  const queue = await deaf(world, 10_400)
  await world.emit(Array.from({ length: 8 }, () => big))
  const taken = 8 - (await dropped(world))
  await world.emit([small, small])
  assert.equal(await dropped(world), 10 - taken)
  assert.deepEqual(await read(queue), ['ENOBUFS', ...Array.from({ length: taken }, (_, i) => i + 1)])
  await world.emit(small)
  assert.equal((await queue.packet()).id, 11)
})

scenario('F-031', 'a second overrun is reported again', async (world) => {
  const queue = await deaf(world, 10_000)
  for (let round = 0; round < 2; round++) {
    queue.socket.transport.pause()
    await world.emit(Array.from({ length: 30 }, () => small))
    assert.equal((await read(queue)).filter((item) => item === 'ENOBUFS').length, 1)
  }
})

scenario('F-033', 'with NO_ENOBUFS an overrun is silent', async (world) => {
  const queue = await deaf(world, 10_000)
  queue.socket.transport.set('noEnobufs', true)
  await world.emit(Array.from({ length: 30 }, () => small))
  const ids = await read(queue)
  assert.ok(!ids.includes('ENOBUFS'))
  assert.equal(await dropped(world), 30 - ids.length)
})

scenario('F-033', 'with NO_ENOBUFS what fits is taken', async (world) => {
  const queue = await deaf(world, 10_400)
  queue.socket.transport.set('noEnobufs', true)
  await world.emit(Array.from({ length: 8 }, () => big))
  const taken = 8 - (await dropped(world))
  await world.emit(small)
  assert.deepEqual(await read(queue), [...Array.from({ length: taken }, (_, i) => i + 1), 9])
})

scenario('F-032', 'what exceeds the whole buffer is taken when it is empty', async (world) => {
  const queue = await deaf(world, 5000)
  const packet = udp('10.1.0.1:1000', '10.1.0.2:7007', 'x'.repeat(20_000))
  await world.emit([packet, packet])
  assert.equal(await dropped(world), 1)
  assert.deepEqual(await read(queue), ['ENOBUFS', 1])
})

scenario('F-035', 'acknowledgements are lost like everything else', async (world) => {
  const socket = world.open({ receiveBuffer: 10_000 })
  socket.transport.pause()
  for (let i = 0; i < 30; i++) {
    const request = command(0, 'pfBind')
    request.set([messageFlags.request | messageFlags.ack, 0, i + 1], 6)
    await socket.send(request)
  }
  socket.transport.resume()
  const items = await socket.take()
  assert.equal(items.filter((item) => item === 'ENOBUFS').length, 1)
  const rest = items.filter((item) => typeof item !== 'string')
  assert.ok(rest.length > 3 && rest.length < 30, `${rest.length} answers`)
})

scenario('F-073', 'an overrun drops and counts', async (world) => {
  const queue = await deaf(world, 10_000)
  await world.emit(Array.from({ length: 30 }, () => small))
  const [, ...ids] = await read(queue)
  assert.deepEqual((await world.queues()).get(7)!.slice(2), [ids.length, 2, 65_531, 0, 30 - ids.length, 30, 1])
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-073', 'an overrun of a queue that fails open accepts, and counts nothing', async (world) => {
  const queue = await deaf(world, 10_000, { flags: queueFlags.failOpen, mask: queueFlags.failOpen })
  await world.emit(Array.from({ length: 30 }, () => small))
  const [, ...ids] = await read(queue)
  assert.equal(await dropped(world), 0)
  assert.equal((await world.arrivals(30 - ids.length)).length, 30 - ids.length)
})

for (const [receiveBuffer, size] of [
  [10_000, 1],
  [10_000, 300],
  [20_000, 1400],
  [40_000, 3000],
  [100_000, 15_000],
] as const) {
  scenario(
    'F-030',
    `a buffer of ${receiveBuffer} holds as many packets of ${28 + size} bytes as it has room for`,
    async (world) => {
      const queue = await deaf(world, receiveBuffer)
      const packet = udp('10.1.0.1:1000', '10.1.0.2:7007', 'x'.repeat(size))
      await world.emit(packet)
      const { receiveQueued, receiveBuffer: room } = queue.socket.transport.counters()
      assert.ok(receiveQueued > size && receiveQueued < size + 2400, `one is charged ${receiveQueued} bytes`)
      await world.emit(Array.from({ length: 30 }, () => packet))
      assert.equal((await read(queue)).length, 1 + Math.floor(room / receiveQueued))
    },
  )
}
