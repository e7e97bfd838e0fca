import assert from 'node:assert/strict'
import { tcp, udp } from '../packet.ts'
import { pending, Queue, queuedPackets, toQueue, waiting } from '../queue.ts'
import { scenario } from '../scenario.ts'
import type { Rule } from '../world.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const hello6 = udp('[fd00::1]:1000', '[fd00::2]:7007')
const dropLater: Rule = { hook: 'output', table: 'security', protocol: 'udp', action: { kind: 'drop' } }
const dropHere: Rule = { ...dropLater, table: 'filter' }

for (const [name, packet] of [
  ['IPv4', hello],
  ['IPv6', hello6],
] as const) {
  scenario('F-083', `DROP drops ${name}`, async (world) => {
    const queue = await waiting(world, 1, packet)
    assert.equal((await queue.judge(1, 'drop')).error, '0')
    assert.deepEqual(await world.arrivals(0), [])
  })

  scenario('F-083', `ACCEPT lets ${name} pass`, async (world) => {
    const queue = await waiting(world, 1, packet)
    assert.equal((await queue.judge(1, 'accept')).error, '0')
    const [arrived] = await world.arrivals(1)
    assert.deepEqual(arrived!.transport, packet.slice(packet === hello ? 20 : 40))
  })
}

scenario('F-083', "ACCEPT skips the rest of the queueing rule's chain", async (world) => {
  const queue = await waiting(world, 1, hello, dropHere)
  await queue.judge(1, 'accept')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-083', 'ACCEPT goes on with later tables', async (world) => {
  const queue = await waiting(world, 1, hello, dropLater)
  assert.equal((await queue.judge(1, 'accept')).error, '0')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-083', 'ACCEPT goes on with later hooks', async (world) => {
  const queue = await waiting(world, 1, hello, {
    hook: 'input',
    table: 'filter',
    protocol: 'udp',
    action: { kind: 'drop' },
  })
  await queue.judge(1, 'accept')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-083', 'REPEAT runs the hook again', async (world) => {
  const queue = await waiting(world)
  const { error, replies } = await queue.judge(1, 'repeat')
  assert.equal(error, '0')
  assert.deepEqual(
    queuedPackets(replies).map(({ id }) => id),
    [2],
  )
  assert.equal(await pending(world), 1)
})

scenario('F-083', 'REPEAT with a mark that the rule looks at passes', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7, { unlessMark: 5 }))
  await world.emit(hello)
  await queue.packet()
  const { replies } = await queue.judge(1, 'repeat', { mark: 5 })
  assert.equal(replies.length, 0)
  const [arrived] = await world.arrivals(1)
  assert.equal(arrived!.mark, 5)
})

scenario('F-083', 'REPEAT starts with the first rule of the chain', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules({ ...dropHere, ifMark: 9 }, toQueue(7))
  await world.emit(hello)
  await queue.packet()
  await queue.judge(1, 'repeat', { mark: 9 })
  assert.deepEqual(await world.arrivals(0), [])
  assert.equal(await pending(world), 0)
})

scenario('F-083', 'STOP skips all later tables of the hook', async (world) => {
  const queue = await waiting(world, 1, hello, dropLater)
  assert.equal((await queue.judge(1, 'stop')).error, '0')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-083', 'STOP does not skip later hooks', async (world) => {
  const queue = await waiting(world, 1, hello, {
    hook: 'postrouting',
    table: 'mangle',
    protocol: 'udp',
    action: { kind: 'drop' },
  })
  await queue.judge(1, 'stop')
  assert.deepEqual(await world.arrivals(0), [])
})

for (const number of [0x1_0001, 0x101]) {
  scenario('F-085', `ACCEPT as 0x${number.toString(16)} skips later tables`, async (world) => {
    const queue = await waiting(world, 1, hello, dropLater)
    assert.equal((await queue.judge(1, number)).error, '0')
    assert.equal((await world.arrivals(1)).length, 1)
  })
}

scenario('F-087', 'the mark of a verdict is seen by later rules', async (world) => {
  const queue = await waiting(world, 2, hello, { ...dropLater, ifMark: 3 })
  await queue.judge(1, 'accept', { mark: 3 })
  await queue.judge(2, 'accept', { mark: 4 })
  assert.deepEqual(
    (await world.arrivals(1)).map(({ mark }) => mark),
    [4],
  )
})

scenario('F-087', 'a verdict without a mark leaves it', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello, { mark: 11 })
  await queue.packet()
  await queue.judge(1, 'accept')
  assert.deepEqual(
    (await world.arrivals(1)).map(({ mark }) => mark),
    [11],
  )
})

scenario('F-083', 'a TCP segment is judged like any packet', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules({
    hook: 'output',
    table: 'filter',
    protocol: 'tcp',
    port: 80,
    action: { kind: 'queue', number: 7 },
  })
  const packet = tcp('10.1.0.1:1000', '10.1.0.2:80', 'PA', { seq: 1, ack: 1, payload: 'GET / HTTP/1.0' })
  await world.emit(packet)
  await queue.packet()
  await queue.judge(1, 'accept')
  assert.deepEqual((await world.arrivals(1))[0]!.transport, packet.slice(20))
})
