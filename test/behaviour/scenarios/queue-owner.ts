import assert from 'node:assert/strict'
import { udp } from '../packet.ts'
import { Queue, toQueue } from '../queue.ts'
import { bind, command, config } from '../request.ts'
import { scenario } from '../scenario.ts'

/** The columns of a queue's line. */
const line = { port: 1, total: 2, mode: 3, range: 4, dropped: 5, userDropped: 6, lastId: 7, one: 8 } as const

scenario('F-040', 'a new queue has its defaults', async (world) => {
  const socket = world.open()
  await socket.must(command(7, 'bind'))
  assert.deepEqual((await world.queues()).get(7), [7, socket.portId, 0, 0, 65_531, 0, 0, 0, 1])
})

scenario('F-040', 'the owner binds again: EBUSY', async (world) => {
  const socket = world.open()
  await socket.must(command(7, 'bind'))
  assert.equal((await socket.ask(command(7, 'bind'))).error, 'EBUSY')
})

scenario('F-040', 'another socket binds: EPERM', async (world) => {
  const [owner, other] = [world.open(), world.open()]
  await owner.must(command(7, 'bind'))
  assert.equal((await other.ask(command(7, 'bind'))).error, 'EPERM')
  assert.equal((await world.queues()).get(7)?.[line.port], owner.portId)
})

for (const number of [0, 65_535]) {
  scenario('F-040', `queue ${number} can be bound`, async (world) => {
    await world.open().must(command(number, 'bind'))
    assert.equal((await world.queues()).get(number)?.[0], number)
  })
}

scenario('F-040', 'one socket may own many queues', async (world) => {
  const socket = world.open()
  for (const number of [1, 2, 3, 4000]) await socket.must(command(number, 'bind'))
  assert.deepEqual([...(await world.queues()).keys()].sort(), [1, 2, 3, 4000])
})

for (const [what, request] of [
  ['UNBIND', command(7, 'unbind')],
  ['PARAMS', config(7, { params: { copyRange: 10, copyMode: 2 } })],
  ['QUEUE_MAXLEN', config(7, { queueMaxlen: 10 })],
  ['FLAGS', config(7, { flags: 1, mask: 1 })],
  ['an unknown command', command(7, 77)],
  ['nothing', config(7, {})],
] as const) {
  scenario('F-041', `${what} for another's queue: EPERM`, async (world) => {
    const [owner, other] = [world.open(), world.open()]
    await owner.must(command(7, 'bind'))
    const before = await world.queues()
    assert.equal((await other.ask(request.slice())).error, 'EPERM')
    assert.deepEqual(await world.queues(), before)
  })
}

for (const [what, request] of [
  ['UNBIND', command(7, 'unbind')],
  ['PARAMS', config(7, { params: { copyRange: 10, copyMode: 2 } })],
  ['QUEUE_MAXLEN', config(7, { queueMaxlen: 10 })],
  ['FLAGS', config(7, { flags: 1, mask: 1 })],
  ['MASK', config(7, { mask: 1 })],
  ['nothing', config(7, {})],
] as const) {
  scenario('F-042', `${what} for a missing queue: ENODEV`, async (world) => {
    assert.equal((await world.open().ask(request.slice())).error, 'ENODEV')
  })
}

for (const name of ['pfBind', 'pfUnbind'] as const) {
  scenario('F-043', `${name} succeeds and does nothing`, async (world) => {
    const [owner, other] = [world.open(), world.open()]
    await owner.must(command(7, 'bind'))
    const before = await world.queues()
    assert.equal((await other.ask(command(7, name, { queueMaxlen: 0, flags: 1 }))).error, '0')
    assert.deepEqual(await world.queues(), before)
  })
}

scenario('F-049', 'UNBIND ignores what comes with it', async (world) => {
  const socket = world.open()
  await socket.must(command(7, 'bind'))
  await socket.must(command(7, 'unbind', { queueMaxlen: 3, params: { copyMode: 2, copyRange: 5 } }))
  assert.equal((await world.queues()).size, 0)
})

scenario('F-051', 'a queue bound anew starts anew', async (world) => {
  const queue = await Queue.open(world, 7, { queueMaxlen: 1 })
  await world.rules(toQueue(7))
  const packet = udp('10.1.0.1:1000', '10.1.0.2:7007')
  await world.emit([packet, packet])
  assert.deepEqual((await world.queues()).get(7)!.slice(line.total), [1, 2, 65_531, 1, 0, 1, 1])
  await queue.packet()
  await queue.socket.must(command(7, 'unbind'))
  await queue.socket.must(bind(7))
  assert.deepEqual((await world.queues()).get(7)!.slice(line.total), [0, 2, 65_531, 0, 0, 0, 1])
  await world.emit(packet)
  assert.equal((await queue.packet()).id, 1)
})

scenario('F-093', 'a queue is gone with its socket', async (world) => {
  const socket = world.open()
  await socket.must(command(7, 'bind'))
  await socket.must(command(8, 'bind'))
  await socket.close()
  assert.equal((await world.queues()).size, 0)
  await world.open().must(command(7, 'bind'))
})
