import assert from 'node:assert/strict'
import { creation, deletion, entryOf, table, texts, tuple } from '../flow.ts'
import { connection } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const two = 'tcp 10.1.0.1:1001 > 10.1.0.2:80'
const six = 'udp [fd00::1]:1000 > [fd00::2]:2000'

async function three(socket: Socket): Promise<void> {
  await socket.must(creation(one, { mark: 1 }))
  await socket.must(creation(two, { mark: 2, status: 0xe }))
  await socket.must(creation(six, { mark: 3 }))
}
const flush = (value: object, header: object = {}): Uint8Array => connection('delete', value, { family: 0, ...header })

scenario('F-125', 'an entry is deleted by its tuple', async (world) => {
  const socket = world.open()
  await three(socket)
  await socket.must(deletion(one))
  assert.deepEqual(await table(socket), texts(two, six))
  assert.equal((await socket.ask(deletion(one))).error, 'ENOENT')
})

scenario('F-125', 'an entry is deleted by its reply tuple', async (world) => {
  const socket = world.open()
  await three(socket)
  await socket.must(connection('delete', { tupleReply: tuple('udp 10.1.0.2:2000 > 10.1.0.1:1000') }))
  assert.deepEqual(await table(socket), texts(two, six))
})

scenario('F-125', 'another id: ENOENT', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  const { id } = await entryOf(socket, one)
  assert.equal((await socket.ask(deletion(one, { id: (id! ^ 1) >>> 0 }))).error, 'ENOENT')
  await socket.must(deletion(one, { id: id! }))
})

scenario('F-125', 'other attributes are no condition', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { mark: 1 }))
  await socket.must(deletion(one, { mark: 77, status: 0xff }))
  assert.deepEqual(await table(socket), [])
})

scenario('F-125', 'in another zone: ENOENT', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { zone: 4 }))
  assert.equal((await socket.ask(deletion(one))).error, 'ENOENT')
  await socket.must(deletion(one, { zone: 4 }))
})

scenario('F-126', 'without a tuple everything goes', async (world) => {
  const socket = world.open()
  await three(socket)
  await socket.must(flush({}))
  assert.deepEqual(await table(socket), [])
  await socket.must(flush({}))
})

scenario('F-126', 'an id alone is no condition', async (world) => {
  const socket = world.open()
  await three(socket)
  await socket.must(flush({ id: 1 }))
  assert.deepEqual(await table(socket), [])
})

scenario('F-126', 'the family counts with a version only', async (world) => {
  const socket = world.open()
  await three(socket)
  await socket.must(flush({}, { family: 10, version: 1 }))
  assert.deepEqual(await table(socket), texts(one, two))
  await socket.must(flush({}, { family: 10 }))
  assert.deepEqual(await table(socket), [])
})

scenario('F-126', 'a mark selects what goes', async (world) => {
  const socket = world.open()
  await three(socket)
  await socket.must(flush({ mark: 2, markMask: 0xff }))
  assert.deepEqual(await table(socket), texts(one, six))
})

scenario('F-126', 'a status selects what goes', async (world) => {
  const socket = world.open()
  await three(socket)
  await socket.must(flush({ status: 4, statusMask: 4 }))
  assert.deepEqual(await table(socket), texts(one, six))
})

scenario('F-126', 'a zone selects what goes since 6.8', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  await socket.must(creation(two, { zone: 3 }))
  await socket.must(flush({ zone: 3 }))
  assert.deepEqual(await table(socket), world.profile.zoneFilter ? texts(one) : [])
})

scenario('F-126', 'a filter selects what goes since 6.12', async (world) => {
  const socket = world.open()
  await three(socket)
  const filter = { origFlags: 0x8 | 0x20, replyFlags: 0 }
  const request = flush({ tupleOrig: { proto: { num: 6, dstPort: 80 } }, filter }, { family: 2 })
  const { error } = await socket.ask(request)
  assert.equal(error, world.profile.flushFilter ? '0' : 'EINVAL')
  assert.deepEqual(await table(socket), world.profile.flushFilter ? texts(one, six) : texts(one, two, six))
})
