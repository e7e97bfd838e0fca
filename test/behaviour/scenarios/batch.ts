import assert from 'node:assert/strict'
import { udp } from '../packet.ts'
import { pending, type Queue, waiting } from '../queue.ts'
import { verdictBatch } from '../request.ts'
import { scenario } from '../scenario.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')

const batch = async (queue: Queue, id: number, what: 'accept' | 'drop' | 'stolen' | 'repeat'): Promise<string> =>
  (await queue.socket.ask(verdictBatch(7, id, what))).error

scenario('F-092', 'a batch judges all up to its id', async (world) => {
  const queue = await waiting(world, 5)
  assert.equal(await batch(queue, 3, 'accept'), '0')
  assert.equal(await pending(world), 2)
  assert.equal((await world.arrivals(3)).length, 3)
  assert.equal((await queue.judge(3, 'accept')).error, 'ENOENT')
  assert.equal((await queue.judge(4, 'drop')).error, '0')
})

scenario('F-092', 'a batch beyond the newest takes all', async (world) => {
  const queue = await waiting(world, 3)
  assert.equal(await batch(queue, 1000, 'drop'), '0')
  assert.equal(await pending(world), 0)
})

scenario('F-092', 'a batch that matches nothing: ENOENT', async (world) => {
  const queue = await waiting(world, 3)
  assert.equal(await batch(queue, 0, 'drop'), 'ENOENT')
  assert.equal(await batch(queue, 3, 'drop'), '0')
  assert.equal(await batch(queue, 3, 'drop'), 'ENOENT')
})

scenario('F-092', 'an id 2³¹ − 1 ahead is still newer', async (world) => {
  const queue = await waiting(world, 1)
  assert.equal(await batch(queue, 2 ** 31, 'drop'), '0')
})

scenario('F-092', 'an id 2³¹ ahead is as far behind', async (world) => {
  const queue = await waiting(world, 1)
  assert.equal(await batch(queue, 2 ** 31 + 1, 'drop'), '0') // the difference is −2³¹
  await world.emit(hello)
  await queue.packet()
  assert.equal(await batch(queue, (2 + 2 ** 31 + 1) >>> 0, 'drop'), 'ENOENT')
})

scenario('F-092', 'a batch passes over what is judged already', async (world) => {
  const queue = await waiting(world, 4)
  await queue.judge(2, 'drop')
  assert.equal(await batch(queue, 3, 'accept'), '0')
  assert.equal((await world.arrivals(2)).length, 2)
  assert.equal(await pending(world), 1)
})

scenario('F-092', 'a batch of STOLEN: EINVAL', async (world) => {
  const queue = await waiting(world, 2)
  assert.equal(await batch(queue, 2, 'stolen'), 'EINVAL')
  assert.equal(await pending(world), 2)
})

scenario('F-092', 'a mark is given to all of a batch, a payload to none', async (world) => {
  const queue = await waiting(world, 2)
  const payload = udp('10.1.0.1:1000', '10.1.0.2:7007', 'other')
  assert.equal((await queue.socket.ask(verdictBatch(7, 2, 'accept', { mark: 8, payload }))).error, '0')
  const found = await world.arrivals(2)
  assert.deepEqual(
    found.map(({ mark, transport }) => [mark, [...transport]]),
    [
      [8, [...hello.slice(20)]],
      [8, [...hello.slice(20)]],
    ],
  )
})

scenario('F-092', 'a batch for a missing queue: ENODEV; for another’s: EPERM', async (world) => {
  await waiting(world, 1)
  const other = world.open()
  assert.equal((await other.ask(verdictBatch(9, 1, 'accept'))).error, 'ENODEV')
  assert.equal((await other.ask(verdictBatch(7, 1, 'accept'))).error, 'EPERM')
})
