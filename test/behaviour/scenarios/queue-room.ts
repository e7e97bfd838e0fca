import assert from 'node:assert/strict'
import { copyMode, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import { udp } from '../packet.ts'
import { Queue, toQueue } from '../queue.ts'
import { config } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Rule } from '../world.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const hello6 = udp('[fd00::1]:1000', '[fd00::2]:7007')

scenario('F-068', 'ids start at 1 and count up, per queue', async (world) => {
  const [seven, eight] = [await Queue.open(world, 7), await Queue.open(world, 8)]
  await world.rules(toQueue(7), toQueue(8))
  const other = udp('10.1.0.1:1000', '10.1.0.2:7008')
  await world.emit([hello, other, hello, other, hello])
  assert.deepEqual(
    (await seven.packets(3)).map(({ id }) => id),
    [1, 2, 3],
  )
  assert.deepEqual(
    (await eight.packets(2)).map(({ id }) => id),
    [1, 2],
  )
})

scenario('F-068', 'a packet lost to a full queue takes no id', async (world) => {
  const queue = await Queue.open(world, 7, { queueMaxlen: 2 })
  await world.rules(toQueue(7))
  await world.emit([hello, hello, hello, hello])
  await queue.packets(2)
  await queue.judge(1, 'accept')
  await world.emit(hello)
  assert.equal((await queue.packet()).id, 3)
})

scenario('F-071', 'nobody listens: dropped', async (world) => {
  await world.rules(toQueue(7))
  assert.deepEqual(await world.emit(hello), { sent: 1 })
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-071', 'nobody listens, with bypass: accepted', async (world) => {
  await world.rules(toQueue(7, { bypass: true }))
  await world.emit([hello])
  await world.emit([hello6])
  assert.equal((await world.arrivals(2)).length, 2)
})

scenario('F-071', 'a bypass skips the rest of the chain', async (world) => {
  const drop: Rule = { hook: 'output', table: 'filter', protocol: 'udp', action: { kind: 'drop' } }
  await world.rules(toQueue(7, { bypass: true }), drop)
  await world.emit(hello)
  assert.equal((await world.arrivals(1)).length, 1)
})

for (const bypass of [false, true]) {
  scenario('F-071', `a queue that copies nothing drops${bypass ? ', with bypass too' : ''}`, async (world) => {
    const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.none, copyRange: 0 } })
    await world.rules(toQueue(7, { bypass }))
    await world.emit(hello)
    assert.deepEqual(await world.arrivals(0), [])
    assert.deepEqual(await queue.socket.take(), [])
    assert.deepEqual((await world.queues()).get(7)!.slice(2), [0, 0, 0, 0, 0, 0, 1])
  })
}

for (const bypass of [false, true]) {
  scenario('F-072', `a full queue drops and counts${bypass ? ', with bypass too' : ''}`, async (world) => {
    const queue = await Queue.open(world, 7, { queueMaxlen: 3 })
    await world.rules(toQueue(7, { bypass }))
    await world.emit(Array.from({ length: 5 }, () => hello))
    assert.deepEqual((await world.queues()).get(7)!.slice(2), [3, 2, 65_531, 2, 0, 3, 1])
    assert.equal((await queue.packets(3)).length, 3)
    assert.deepEqual(await world.arrivals(0), [])
  })
}

scenario('F-072', 'a full queue that fails open accepts, and counts nothing', async (world) => {
  await Queue.open(world, 7, { queueMaxlen: 3, flags: queueFlags.failOpen, mask: queueFlags.failOpen })
  await world.rules(toQueue(7))
  await world.emit(Array.from({ length: 5 }, () => hello))
  assert.deepEqual((await world.queues()).get(7)!.slice(2), [3, 2, 65_531, 0, 0, 3, 1])
  assert.equal((await world.arrivals(2)).length, 2)
})

scenario('F-074', 'a queue of length 0 drops everything', async (world) => {
  await Queue.open(world, 7, { queueMaxlen: 0 })
  await world.rules(toQueue(7))
  await world.emit([hello, hello])
  assert.deepEqual((await world.queues()).get(7)!.slice(2), [0, 2, 65_531, 2, 0, 0, 1])
})

scenario('F-074', 'a lower length keeps what waits', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit([hello, hello, hello])
  await queue.socket.messages()
  const { error } = await queue.socket.ask(config(7, { queueMaxlen: 1 }))
  assert.equal(error, '0')
  assert.equal((await world.queues()).get(7)![2], 3)
  await world.emit(hello)
  assert.deepEqual((await world.queues()).get(7)!.slice(2), [3, 2, 65_531, 1, 0, 3, 1])
  for (const id of [1, 2, 3]) assert.equal((await queue.judge(id, 'accept')).error, '0')
  assert.equal((await world.arrivals(3)).length, 3)
})

scenario(
  'F-075',
  'a sender is stopped by its own packets that wait',
  async (world) => {
    await Queue.open(world, 7, { queueMaxlen: 10_000 })
    await world.rules(toQueue(7))
    const { sent, error } = await world.udp(
      '10.1.0.1:1000',
      '10.1.0.2:7007',
      Array.from({ length: 600 }, () => 'hello'),
    )
    assert.equal(error, 'EAGAIN')
    assert.ok(sent > 200 && sent < 400, `${sent} sent`)
  },
  (world) => world.without('send buffers'),
)

scenario('F-076', 'a packet waits', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello)
  await world.pass(1)
  assert.equal((await world.queues()).get(7)![2], 1)
  assert.equal((await queue.judge(1, 'accept')).error, '0')
  assert.equal((await world.arrivals(1)).length, 1)
})
