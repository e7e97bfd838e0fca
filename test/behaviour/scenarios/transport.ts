import assert from 'node:assert/strict'
import { decodeAck, messageFlags } from '@nfkit/netlink-codec'
import { fine } from '../request.ts'
import { scenario } from '../scenario.ts'

const ack = messageFlags.ack

scenario('F-026', 'an empty datagram: ENODATA', async (world) => {
  await assert.rejects(world.open().send(), { code: 'ENODATA' })
})

scenario('F-026', 'a datagram above the send limit: EMSGSIZE, and nothing is done', async (world) => {
  const socket = world.open()
  const datagram = new Uint8Array(socket.transport.sendLimit + 1)
  datagram.set(fine(1, ack))
  await assert.rejects(socket.send(datagram), { code: 'EMSGSIZE' })
  assert.deepEqual(await socket.take(), [])
})

scenario('F-026', 'a datagram of the send limit is taken', async (world) => {
  const socket = world.open()
  const count = Math.floor(socket.transport.sendLimit / fine().length)
  await socket.send(
    ...Array.from({ length: count }, (_, i) => fine(i === count - 1 ? 99 : 0, i === count - 1 ? ack : 0)),
  )
  const found = await socket.messages()
  assert.deepEqual(
    found.map((message) => [message.sequence, decodeAck(message).errno]),
    [[99, 0]],
  )
})

scenario('F-027', 'sockets of one process have different port ids', async (world) => {
  const ports = [world.open(), world.open(), world.open()].map(({ portId }) => portId)
  assert.equal(new Set(ports).size, 3)
  assert.ok(ports.filter((port) => port >= 0x8000_0000 && port <= 0xffff_efff).length >= 2, `${ports}`)
})

for (const group of [0, 33]) {
  scenario('F-029', `there is no group ${group}: EINVAL`, async (world) => {
    assert.equal(await world.open().join(group), 'EINVAL')
  })
}

scenario('F-029', 'groups up to 32 can be joined and left', async (world) => {
  const socket = world.open()
  for (const group of [1, 9, 32]) {
    assert.equal(await socket.join(group), '0')
    socket.transport.leave(group)
  }
})

scenario('F-036', 'a receive buffer has the size that was granted', async (world) => {
  const { transport } = world.open()
  assert.equal(transport.resize({ receive: 10_000 }).receive, 10_000)
  assert.equal(transport.counters().receiveBuffer, 10_000)
})
