import assert from 'node:assert/strict'
import { errnoName } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { udp } from '../packet.ts'
import { Queue, toQueue } from '../queue.ts'
import { bind, command, config, netfilterPayload, rawAttribute, rawMessage } from '../request.ts'
import { needsGlue, needsNoGlue, scenario } from '../scenario.ts'

/** The columns of a queue's line. */
const line = { port: 1, total: 2, mode: 3, range: 4, dropped: 5, userDropped: 6, lastId: 7, one: 8 } as const

for (const number of [0, 5, 255]) {
  scenario('F-044', `command ${number} is unknown`, async (world) => {
    const socket = world.open()
    await socket.must(command(7, 'bind'))
    assert.equal((await socket.ask(command(7, number))).error, errnoName(world.profile.unknownCommand))
    assert.equal((await world.open().ask(command(8, number))).error, errnoName(world.profile.unknownCommand))
  })
}

scenario('F-045', 'FLAGS without MASK: EINVAL', async (world) => {
  const socket = world.open()
  await socket.must(command(7, 'bind'))
  assert.equal((await socket.ask(config(7, { flags: 1 }))).error, 'EINVAL')
})

scenario('F-045', 'MASK without FLAGS does nothing', async (world) => {
  const socket = world.open()
  await socket.must(command(7, 'bind'))
  await socket.must(config(7, { mask: 1 }))
})

for (const [what, mask] of [
  ['in the mask', 0x20],
  ['outside the mask', 0],
] as const) {
  scenario('F-045', `an unknown flag ${what} is refused`, async (world) => {
    const socket = world.open()
    await socket.must(command(7, 'bind'))
    const { error, extended } = await socket.ask(config(7, { flags: 0x20, mask }))
    assert.equal(error, world.profile.flagsInPolicy ? 'EINVAL' : 'EOPNOTSUPP')
    assert.equal(extended.msg, world.profile.flagsInPolicy ? 'reserved bit set' : undefined)
  })
}

scenario('F-045', 'an unknown flag is refused before the queue is looked for', async (world) => {
  const expected = world.profile.flagsInPolicy ? 'EINVAL' : 'EOPNOTSUPP'
  const [owner, other] = [world.open(), world.open()]
  await owner.must(command(7, 'bind'))
  for (const number of [7, 8])
    assert.equal((await other.ask(config(number, { flags: 0x40, mask: 0x40 }))).error, expected)
})

scenario('F-440', 'with flags that are', async (world) => {
  const socket = world.open()
  await socket.must(bind(7, { flags: 1, mask: 0xffff_ffff }))
  await socket.must(config(7, { flags: 0, mask: 0xffff_ffff }))
})

scenario('F-045', 'known flags are taken', async (world) => {
  const socket = world.open()
  await socket.must(bind(7, { flags: 0x0d, mask: 0x0d }))
  await socket.must(config(7, { flags: 0, mask: 0x0d }))
})

scenario(
  'F-046',
  'without glue connections are refused: EOPNOTSUPP',
  async (world) => {
    const socket = world.open()
    await socket.must(command(7, 'bind'))
    for (const number of [7, 8])
      assert.equal((await socket.ask(config(number, { flags: 2, mask: 2 }))).error, 'EOPNOTSUPP')
    await socket.must(config(7, { flags: 2, mask: 0 }))
  },
  needsNoGlue,
)

scenario(
  'F-046',
  'with glue connections are a flag like others',
  async (world) => {
    const socket = world.open()
    await socket.must(bind(7, { flags: 2, mask: 2 }))
    assert.equal((await socket.ask(config(8, { flags: 2, mask: 2 }))).error, 'ENODEV')
  },
  needsGlue,
)

scenario('F-047', 'BIND with a refused flag creates nothing', async (world) => {
  const socket = world.open()
  assert.notEqual((await socket.ask(bind(7, { flags: 0x40, mask: 0x40 }))).error, '0')
  assert.notEqual((await socket.ask(bind(7, { flags: 1 }))).error, '0')
  assert.equal((await world.queues()).size, 0)
})

for (const mode of [3, 255]) {
  scenario('F-048', `copy mode ${mode} is ignored`, async (world) => {
    const socket = world.open()
    await socket.must(bind(7, { params: { copyMode: 2, copyRange: 100 } }))
    await socket.must(config(7, { params: { copyMode: mode, copyRange: 7 } }))
    const queue = (await world.queues()).get(7)!
    assert.deepEqual([queue[line.mode], queue[line.range]], [2, 100])
  })
}

for (const [name, copyMode, copyRange, expected] of [
  ['NONE', 0, 500, 0],
  ['META', 1, 500, 0],
  ['PACKET', 2, 500, 500],
  ['PACKET', 2, 0, 65_531],
  ['PACKET', 2, 65_531, 65_531],
  ['PACKET', 2, 65_532, 65_531],
  ['PACKET', 2, 0xffff_ffff, 65_531],
] as const) {
  scenario('F-048', `mode ${name} with range ${copyRange} has range ${expected}`, async (world) => {
    await world.open().must(bind(7, { params: { copyMode, copyRange } }))
    const queue = (await world.queues()).get(7)!
    assert.deepEqual([queue[line.mode], queue[line.range]], [copyMode, expected])
  })
}

scenario('F-050', 'everything in one message', async (world) => {
  const queue = await Queue.open(world, 7, {
    params: { copyMode: 2, copyRange: 40 },
    queueMaxlen: 1,
    mask: 1,
    flags: 1,
  })
  await world.rules(toQueue(7))
  await world.emit([udp('10.1.0.1:1000', '10.1.0.2:7007'), udp('10.1.0.1:1000', '10.1.0.2:7007')])
  const packet = await queue.packet()
  assert.equal(packet.payloadLength, 33)
  assert.equal((await world.arrivals(1)).length, 1) // the second: fail open
})

scenario('F-052', 'the line of a queue says what it is', async (world) => {
  const queue = await Queue.open(world, 7, { params: { copyMode: 2, copyRange: 99 } })
  await world.rules(toQueue(7))
  await world.emit(Array.from({ length: 3 }, () => udp('10.1.0.1:1000', '10.1.0.2:7007')))
  assert.deepEqual((await world.queues()).get(7), [7, queue.socket.portId, 3, 2, 99, 0, 0, 3, 1])
  await queue.packets(3)
  await queue.judge(2, 'drop')
  assert.deepEqual((await world.queues()).get(7), [7, queue.socket.portId, 2, 2, 99, 0, 0, 3, 1])
})

scenario('F-053', 'a packet from user space is refused', async (world) => {
  const request = rawMessage({
    type: nfqueueMessage.packet.type,
    payload: netfilterPayload(7, rawAttribute(2, new Uint8Array(8))),
  })
  assert.equal((await world.open().ask(request)).error, 'ENOTSUPP')
})
