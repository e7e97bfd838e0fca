import assert from 'node:assert/strict'
import { messageFlags } from '@nfkit/netlink-codec'
import { command, connection, netfilterPayload, rawMessage } from '../request.ts'
import { scenario } from '../scenario.ts'
import { errorOf } from '../socket.ts'

scenario('F-017', 'without CAP_NET_ADMIN a request is refused: EPERM', async (world) => {
  const socket = await world.openUnprivileged()
  assert.equal((await socket.ask(command(7, 'bind'))).error, 'EPERM')
  assert.equal((await world.queues()).size, 0)
})

scenario('F-017', 'without CAP_NET_ADMIN only the first message is answered', async (world) => {
  const socket = await world.openUnprivileged()
  const requests = [1, 2, 3].map((sequence) => {
    const request = command(0, 'pfBind')
    request.set([messageFlags.request | messageFlags.ack, 0, sequence], 6)
    request.set([sequence, 0, 0, 0], 8)
    return request
  })
  await socket.send(...requests)
  const found = (await socket.messages()).map((message) => [message.sequence, errorOf(message)])
  assert.deepEqual(found, [[1, 'EPERM']])
})

scenario('F-017', 'without CAP_NET_ADMIN the table cannot be read', async (world) => {
  const socket = await world.openUnprivileged()
  const { error } = await socket.dump(connection('get', {}, { family: 0 }))
  assert.equal(error, 'EPERM')
})

scenario('F-017', 'without CAP_NET_ADMIN even a message without meaning is refused', async (world) => {
  const socket = await world.openUnprivileged()
  await socket.send(rawMessage({ type: 2, sequence: 5, payload: netfilterPayload(0) }))
  const found = (await socket.messages()).map((message) => [message.sequence, errorOf(message)])
  assert.deepEqual(found, [[5, 'EPERM']])
})

for (const group of [1, 3, 4]) {
  scenario('F-017', `without CAP_NET_ADMIN group ${group} cannot be joined: EPERM`, async (world) => {
    const socket = await world.openUnprivileged()
    assert.equal(await socket.join(group), 'EPERM')
  })
}
