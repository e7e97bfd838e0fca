import assert from 'node:assert/strict'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { config, netfilterPayload, rawAttribute, rawMessage, verdict } from '../request.ts'
import { scenario } from '../scenario.ts'

const configType = nfqueueMessage.config.type
const maxlen = (value: number) => rawAttribute(3, Uint8Array.of(0, 0, 0, value))
const queueMessage = (queue: number, ...attributes: Uint8Array[]) =>
  rawMessage({ type: configType, payload: netfilterPayload(queue, ...attributes) })

scenario('F-014', 'unknown attributes are ignored', async (world) => {
  const socket = world.open()
  await socket.must(
    queueMessage(
      7,
      rawAttribute(1, Uint8Array.of(1, 0, 0, 0)),
      rawAttribute(99, new Uint8Array(20)),
      rawAttribute(0, new Uint8Array(4)),
    ),
  )
  assert.equal((await world.queues()).size, 1)
})

scenario('F-014', 'of two attributes of a kind the last counts', async (world) => {
  const socket = world.open()
  const nothing = rawAttribute(1, Uint8Array.of(9, 0, 0, 0))
  await socket.must(queueMessage(7, nothing, rawAttribute(1, Uint8Array.of(1, 0, 0, 0))))
  assert.equal((await world.queues()).size, 1)
})

for (const [what, bit] of [
  ['NESTED', 0x8000],
  ['NET_BYTEORDER', 0x4000],
] as const) {
  scenario('F-014', `the bit ${what} on a number is ignored`, async (world) => {
    const socket = world.open()
    await socket.must(
      queueMessage(
        7,
        rawAttribute(1 | bit, Uint8Array.of(1, 0, 0, 0)),
        rawAttribute(3 | bit, Uint8Array.of(0, 0, 1, 0)),
      ),
    )
    assert.equal((await world.queues()).size, 1)
  })
}

scenario('F-015', 'a number longer than needed is accepted', async (world) => {
  const socket = world.open()
  await socket.must(
    queueMessage(
      7,
      rawAttribute(1, Uint8Array.of(1, 0, 0, 0, 9, 9, 9, 9)),
      rawAttribute(3, Uint8Array.of(0, 0, 0, 5, 1, 1)),
    ),
  )
  assert.equal((await world.queues()).size, 1)
})

for (const [what, id, size] of [
  ['CMD', 1, 3],
  ['PARAMS', 2, 4],
  ['QUEUE_MAXLEN', 3, 3],
  ['MASK', 4, 0],
  ['FLAGS', 5, 2],
] as const) {
  scenario('F-015', `${what} of ${size} bytes: ERANGE`, async (world) => {
    const { error } = await world.open().ask(queueMessage(7, rawAttribute(id, new Uint8Array(size))))
    assert.equal(error, 'ERANGE')
  })
}

scenario('F-015', 'a short attribute is refused before anything is done', async (world) => {
  const socket = world.open()
  const bad = rawAttribute(5, Uint8Array.of(0))
  assert.equal(
    (await socket.ask(queueMessage(7, rawAttribute(1, Uint8Array.of(1, 0, 0, 0)), maxlen(3), bad))).error,
    'ERANGE',
  )
  assert.equal((await world.queues()).size, 0)
})

scenario('F-016', 'version and family do not matter to a queue', async (world) => {
  const socket = world.open()
  await socket.must(config(7, { cmd: { command: 1, pf: 77 } }, { version: 9, family: 200 }))
  const judged = verdict(7, 1, 'accept')
  judged.set([33, 7], 16)
  assert.equal((await socket.ask(judged)).error, 'ENOENT')
})
