import assert from 'node:assert/strict'
import { verdict } from '@nfkit/netlink-codec/nfnetlink'
import { udp } from '../packet.ts'
import { pending, Queue, queuedPackets, toQueue, waiting } from '../queue.ts'
import { verdictBatch } from '../request.ts'
import { scenario } from '../scenario.ts'
import { messagesOf } from '../socket.ts'

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

const said = (text: string) => udp('10.1.0.1:1000', '10.1.0.2:7007', text)

scenario('F-447', 'packets of a batch go on in the order of their ids', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  const packets = ['one', 'two', 'six'].map(said)
  await world.emit(packets)
  await queue.packets(3)
  assert.equal(await batch(queue, 3, 'accept'), '0')
  const found = await world.arrivals(3)
  assert.deepEqual(
    found.map(({ transport }) => [...transport]),
    packets.map((packet) => [...packet.slice(20)]),
  )
})

scenario('F-447', 'a batch that finds one of three is a success', async (world) => {
  const queue = await waiting(world, 3)
  await queue.judge(1, 'drop')
  await queue.judge(3, 'drop')
  assert.equal(await batch(queue, 3, 'accept'), '0')
  assert.equal((await world.arrivals(1)).length, 1)
  assert.equal(await pending(world), 0)
})

scenario('F-447', 'a batch of REPEAT: all wait again, under new ids', async (world) => {
  const queue = await waiting(world, 2)
  assert.equal(await batch(queue, 2, 'repeat'), '0')
  assert.equal(await pending(world), 2)
  assert.equal((await queue.judge(2, 'drop')).error, 'ENOENT')
  assert.equal((await queue.judge(3, 'drop')).error, '0')
  assert.equal((await queue.judge(4, 'drop')).error, '0')
})

scenario('F-447', 'a batch sends all on to another queue, in order', async (world) => {
  const queue = await Queue.open(world, 7)
  const other = await Queue.open(world, 8)
  await world.rules(toQueue(7))
  await world.emit(['one', 'two'].map(said))
  await queue.packets(2)
  assert.equal((await queue.socket.ask(verdictBatch(7, 2, (8 << 16) | verdict.queue))).error, '0')
  const texts = (await other.packets(2)).map(({ id, payload }) => [id, new TextDecoder().decode(payload.slice(28))])
  assert.deepEqual(texts, [
    [1, 'one'],
    [2, 'two'],
  ])
})

scenario('F-448', 'what an overrun lost does not wait', async (world) => {
  const queue = await Queue.open(world, 7, { receiveBuffer: 10_000 })
  await world.rules(toQueue(7))
  queue.socket.transport.pause()
  await world.emit(Array.from({ length: 30 }, () => hello))
  queue.socket.transport.resume()
  const items = await queue.socket.take()
  const came = items.filter((item) => typeof item !== 'string').flatMap((item) => queuedPackets(messagesOf(item)))
  assert.ok(came.length > 0 && came.length < 30, `${came.length} packets`)
  assert.equal(await pending(world), came.length)
  assert.equal(await batch(queue, 30, 'accept'), '0')
  assert.equal((await world.arrivals(came.length)).length, came.length)
  assert.equal(await pending(world), 0)
})

scenario('F-449', 'what a filter of the socket swallowed waits, and a batch takes it', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  const { transport } = queue.socket
  transport.filter([{ code: 0x06, jt: 0, jf: 0, k: 0 }])
  await world.emit(hello)
  transport.filter(undefined)
  await world.emit(hello)
  assert.equal((await queue.packet()).id, 2)
  assert.equal(await pending(world), 2)
  assert.equal(await batch(queue, 2, 'accept'), '0')
  assert.equal((await world.arrivals(2)).length, 2)
})
