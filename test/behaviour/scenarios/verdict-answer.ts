import assert from 'node:assert/strict'
import { udp } from '../packet.ts'
import { pending, Queue, toQueue, waiting } from '../queue.ts'
import { netfilterPayload, rawAttribute, rawMessage, verdict } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Arrival } from '../world.ts'

const last = (arrivals: readonly Arrival[]): number[] => arrivals.map(({ transport }) => transport.at(-1)!)

scenario('F-080', 'an id that never was: ENOENT, asked or not', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(99, 'accept')).error, 'ENOENT')
  await queue.socket.send(verdict(7, 99, 'accept'))
  assert.equal((await queue.socket.messages()).length, 1)
})

scenario('F-080', 'a second verdict: ENOENT', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(1, 'accept')).error, '0')
  assert.equal((await queue.judge(1, 'drop')).error, 'ENOENT')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-080', 'a missing queue: ENODEV', async (world) => {
  assert.equal((await world.open().ask(verdict(9, 1, 'accept'))).error, 'ENODEV')
})

scenario('F-080', "another's packet: EPERM", async (world) => {
  const queue = await waiting(world)
  assert.equal((await world.open().ask(verdict(7, 1, 'accept'))).error, 'EPERM')
  assert.equal(await pending(world), 1)
  assert.equal((await queue.judge(1, 'drop')).error, '0')
})

for (const [what, attributes, error] of [
  ['no header', [], 'EINVAL'],
  ['a header of 7 bytes', [rawAttribute(2, new Uint8Array(7))], 'ERANGE'],
  [
    'a mark of 3 bytes',
    [rawAttribute(2, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1)), rawAttribute(3, new Uint8Array(3))],
    'ERANGE',
  ],
  [
    'a priority of 2 bytes',
    [rawAttribute(2, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1)), rawAttribute(21, new Uint8Array(2))],
    'ERANGE',
  ],
] as const) {
  scenario('F-080', `a verdict with ${what}: ${error}, and the packet stays`, async (world) => {
    const queue = await waiting(world)
    const request = rawMessage({ type: 0x0301, payload: netfilterPayload(7, ...attributes) })
    assert.equal((await queue.socket.ask(request)).error, error)
    assert.equal(await pending(world), 1)
  })
}

for (const number of [2, 6, 255]) {
  scenario('F-080', `verdict ${number}: EINVAL, and the packet stays`, async (world) => {
    const queue = await waiting(world)
    assert.equal((await queue.judge(1, number)).error, 'EINVAL')
    assert.equal(await pending(world), 1)
    assert.equal((await queue.judge(1, 'accept')).error, '0')
    assert.equal((await world.arrivals(1)).length, 1)
  })
}

scenario('F-080', 'a wrong verdict is seen before a wrong id', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(99, 2)).error, 'EINVAL')
})

scenario('F-081', 'a verdict nobody asked about is silent', async (world) => {
  const queue = await waiting(world)
  await queue.socket.send(verdict(7, 1, 'accept'))
  assert.deepEqual(await queue.socket.take(), [])
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-082', 'verdicts come in any order', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(['a', 'b', 'c', 'd'].map((text) => udp('10.1.0.1:1000', '10.1.0.2:7007', text)))
  await queue.packets(4)
  for (const id of [3, 1, 4, 2]) await queue.judge(id, 'accept')
  assert.equal(String.fromCharCode(...last(await world.arrivals(4))), 'cadb')
})

scenario('F-082', 'many verdicts in one datagram', async (world) => {
  const queue = await waiting(world, 100)
  await queue.socket.send(...Array.from({ length: 100 }, (_, i) => verdict(7, i + 1, i % 2 === 0 ? 'accept' : 'drop')))
  assert.deepEqual(await queue.socket.take(), [])
  assert.equal((await world.arrivals(50)).length, 50)
  assert.equal(await pending(world), 0)
})
