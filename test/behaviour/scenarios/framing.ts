import assert from 'node:assert/strict'
import { messageFlags } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { command, fine, netfilterPayload, rawMessage } from '../request.ts'
import { scenario } from '../scenario.ts'
import { answers } from '../socket.ts'

const ack = messageFlags.ack
const configType = nfqueueMessage.config.type

scenario('F-007', 'without REQUEST nothing happens', async (world) => {
  const socket = world.open()
  const request = command(7, 'bind')
  request.set([0, 0], 6)
  assert.deepEqual(await answers(socket, request), [])
  assert.equal((await world.queues()).size, 0)
})

scenario('F-007', 'without REQUEST an acknowledgement is given all the same', async (world) => {
  const socket = world.open()
  const request = command(7, 'unbind') // would fail
  request.set([ack, 0], 6)
  request.set([9], 8)
  assert.deepEqual(await answers(socket, request), [[9, '0']])
})

scenario('F-008', "netlink's own types do nothing", async (world) => {
  const socket = world.open()
  const types = Array.from({ length: 15 }, (_, i) => i + 1)
  const silent = types.map((type) => rawMessage({ type, payload: netfilterPayload(0) }))
  assert.deepEqual(await answers(socket, ...silent), [])
  const asked = types.map((type) => rawMessage({ type, sequence: type, flags: messageFlags.request | ack }))
  assert.deepEqual(
    await answers(socket, ...asked),
    types.map((type) => [type, '0']),
  )
})

for (const length of [16, 17, 19]) {
  scenario('F-009', `a request of ${length} bytes succeeds`, async (world) => {
    const socket = world.open()
    const payload = new Uint8Array(length - 16)
    assert.deepEqual(await answers(socket, rawMessage({ type: configType, payload })), [])
    const asked = rawMessage({ type: configType, payload, sequence: 3, flags: messageFlags.request | ack })
    assert.deepEqual(await answers(socket, asked), [[3, '0']])
  })
}

for (const length of [0, 15, 200]) {
  scenario('F-010', `a first message that says it has ${length} bytes: nothing`, async (world) => {
    const socket = world.open()
    const broken = rawMessage({
      type: configType,
      length,
      flags: messageFlags.request | ack,
      payload: netfilterPayload(0),
    })
    assert.deepEqual(await answers(socket, broken), [])
  })
}

scenario('F-010', 'a datagram shorter than a header: nothing', async (world) => {
  const socket = world.open()
  assert.deepEqual(await answers(socket, new Uint8Array(12)), [])
})

scenario('F-011', 'messages of one datagram are answered one by one, in order', async (world) => {
  const socket = world.open()
  const failing = command(7, 'unbind')
  failing.set([2], 8)
  assert.deepEqual(await answers(socket, fine(1, ack), failing, fine(3), fine(4, ack)), [
    [1, '0'],
    [2, 'ENODEV'],
    [4, '0'],
  ])
})

scenario('F-011', 'each answer is a datagram of its own', async (world) => {
  const socket = world.open()
  await socket.send(fine(1, ack), fine(2, ack), fine(3, ack))
  const items = await socket.take()
  assert.deepEqual(
    items.map((item) => item.length),
    [36, 36, 36],
  )
})

for (const length of [8, 400]) {
  scenario('F-011', `a length of ${length} in the middle discards the rest`, async (world) => {
    const socket = world.open()
    const broken = rawMessage({ type: configType, length, payload: netfilterPayload(0) })
    assert.deepEqual(await answers(socket, fine(1, ack), broken, fine(3, ack)), [[1, '0']])
  })
}

scenario('F-011', 'the last message needs no padding', async (world) => {
  const socket = world.open()
  const request = rawMessage({
    type: configType,
    sequence: 4,
    flags: messageFlags.request | ack,
    payload: netfilterPayload(0, Uint8Array.of(1)),
  })
  assert.deepEqual(await answers(socket, fine(1, ack), request.subarray(0, 21)), [
    [1, '0'],
    [4, 'ENODEV'],
  ])
})

scenario('F-012', 'a datagram is answered before the next one', async (world) => {
  const socket = world.open()
  const failing = command(7, 'unbind')
  failing.set([2], 8)
  await socket.send(fine(1, ack), failing)
  await socket.send(fine(3, ack))
  const sequences = (await socket.messages()).map(({ sequence }) => sequence)
  assert.deepEqual(sequences, [1, 2, 3])
})

for (const [what, type] of [
  ['an unknown subsystem', 0x0d00],
  ['subsystem 0', 0x0012],
  ['an unknown message of the queues', 0x0304],
  ['an unknown message of connection tracking', 0x0108],
  ['an unknown message of expectations', 0x0204],
] as const) {
  scenario('F-013', `${what}: EINVAL`, async (world) => {
    const { error } = await world.open().ask(rawMessage({ type, payload: netfilterPayload(0) }))
    assert.equal(error, 'EINVAL')
  })
}

scenario('F-018', 'a batch of the queues is refused as a whole', async (world) => {
  const socket = world.open()
  const begin = rawMessage({ type: 0x10, sequence: 1, flags: messageFlags.request | ack, payload: netfilterPayload(3) })
  assert.deepEqual(
    await answers(socket, begin, fine(2, ack), rawMessage({ type: 0x11, payload: netfilterPayload(3) })),
    [[1, 'EOPNOTSUPP']],
  )
})

for (const subsystem of [1, 2]) {
  scenario('F-018', `a batch of subsystem ${subsystem} is refused as a whole`, async (world) => {
    const begin = rawMessage({ type: 0x10, sequence: 1, payload: netfilterPayload(subsystem) })
    assert.deepEqual(await answers(world.open(), begin, fine(2, ack)), [[1, 'EOPNOTSUPP']])
  })
}

scenario('F-018', 'a batch of no subsystem: EINVAL', async (world) => {
  const begin = rawMessage({ type: 0x10, sequence: 1, payload: netfilterPayload(13) })
  assert.deepEqual(await answers(world.open(), begin, fine(2, ack)), [[1, 'EINVAL']])
})
