import assert from 'node:assert/strict'
import { control, messageFlags, u32 } from '@nfkit/netlink-codec'
import { conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { creation, deletion, entry, lookup, names, table, texts } from '../flow.ts'
import { connection, expectation } from '../request.ts'
import { scenario } from '../scenario.ts'
import { errorOf, type Socket } from '../socket.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const many = Array.from({ length: 200 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
const everything = connection('get', {}, { family: 0 })

/** Make entries, many requests to a datagram. */
async function fill(socket: Socket, flows: readonly string[]): Promise<void> {
  for (let i = 0; i < flows.length; i += 50) await socket.send(...flows.slice(i, i + 50).map((flow) => creation(flow)))
  assert.deepEqual(await socket.take(), [])
}

scenario('F-019', 'an empty dump is its DONE, and no acknowledgement', async (world) => {
  const socket = world.open()
  const { datagrams, end } = await socket.dump(everything.slice())
  assert.equal(datagrams.length, 1)
  assert.equal(end.type, control.done)
  assert.deepEqual([end.end - end.start, u32(end.bytes, end.start + 16), end.portId], [20, 0, socket.portId])
  assert.deepEqual(await socket.take(), [])
})

scenario('F-020', 'a single answer says MULTI and no DONE follows', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  const { replies } = await socket.ask(lookup(one))
  assert.deepEqual(
    replies.map(({ type, flags, portId }) => [type, flags, portId]),
    [[conntrackMessage.new.type, messageFlags.multi, socket.portId]],
  )
})

scenario('F-020', 'statistics say MULTI and no DONE follows', async (world) => {
  const socket = world.open()
  for (const flags of [0, messageFlags.dump]) {
    const { replies } = await socket.ask(connection('getStats', {}, { family: 0, flags }))
    assert.deepEqual(
      replies.map(({ type, flags }) => [type, flags]),
      [[conntrackMessage.getStats.type, messageFlags.multi]],
    )
  }
})

for (const [what, flags] of [
  ['ROOT', 0x100],
  ['MATCH', 0x200],
] as const) {
  scenario('F-021', `${what} alone starts a dump`, async (world) => {
    const socket = world.open()
    await socket.must(creation(one))
    const { entries, end } = await socket.dump(everything.slice(), flags)
    assert.equal(entries.length, 1)
    assert.equal(end.type, control.done)
  })
}

scenario('F-022', 'a second dump meanwhile: EBUSY; other requests are answered', async (world) => {
  const socket = world.open()
  await fill(socket, many)
  const request = (sequence: number, bytes: Uint8Array, flags: number) => {
    const copy = bytes.slice()
    copy.set([flags & 255, flags >> 8, sequence, 0, 0, 0], 6)
    return copy
  }
  const dump = messageFlags.request | messageFlags.dump
  const received = socket.dump(everything.slice())
  await socket.send(request(1, everything, dump), request(2, lookup(one), messageFlags.request | messageFlags.ack))
  const { entries } = await received
  const own = entries.filter(({ sequence }) => sequence > 2)
  assert.equal(own.length, many.length)
  const others = entries.filter(({ sequence }) => sequence <= 2)
  assert.deepEqual(
    others.map((message) => [message.sequence, message.type === control.error ? errorOf(message) : 'entry']),
    [
      [1, 'EBUSY'],
      [2, 'entry'],
      [2, '0'],
    ],
  )
})

scenario('F-022', 'two sockets dump at once', async (world) => {
  const [first, second] = [world.open(), world.open()]
  await fill(first, many)
  const [one, two] = await Promise.all([first.dump(everything.slice()), second.dump(everything.slice())])
  assert.deepEqual([one.entries.length, two.entries.length], [many.length, many.length])
})

scenario('F-023', 'DONE has a datagram of its own', async (world) => {
  const socket = world.open()
  await fill(socket, many.slice(0, 3))
  const { datagrams } = await socket.dump(everything.slice())
  assert.deepEqual(
    datagrams.map((messages) => messages.map(({ type }) => type)),
    [[256, 256, 256], [control.done]],
  )
})

scenario('F-024', 'the first datagram is small, the next ones larger, all of whole messages', async (world) => {
  const socket = world.open()
  await fill(socket, many)
  const { datagrams, entries } = await world.open().dump(everything.slice())
  assert.equal(entries.length, many.length)
  const sizes = datagrams.map((messages) => messages.at(-1)!.end)
  assert.ok(sizes[0]! <= 3776, `${sizes}`)
  assert.ok(sizes[1]! > 3776 && sizes[1]! <= 32_768, `${sizes}`)
})

scenario('F-019', "a dump's messages have the sequence number, MULTI and our port", async (world) => {
  const socket = world.open()
  await fill(socket, many.slice(0, 5))
  const { entries, end } = await socket.dump(everything.slice())
  for (const message of entries)
    assert.deepEqual(
      [message.sequence, message.flags, message.portId, netfilterOf(message).family],
      [end.sequence, messageFlags.multi, socket.portId, 2],
    )
})

scenario('F-121', 'a dump shows what a lookup shows', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { mark: 7 }))
  const { entries } = await socket.dump(everything.slice())
  const { replies } = await socket.ask(lookup(one))
  const [dumped, found] = [entry(entries[0]!), entry(replies[0]!)]
  assert.deepEqual(names(entries[0]!), names(replies[0]!))
  assert.deepEqual({ ...dumped, use: 0, timeout: 0 }, { ...found, use: 0, timeout: 0 })
})

scenario('F-123', 'a dump of a family shows that family', async (world) => {
  const socket = world.open()
  const six = 'udp [fd00::1]:1 > [fd00::2]:2'
  await socket.must(creation(one))
  await socket.must(creation(six))
  assert.deepEqual(await table(socket, {}, 2), texts(one))
  assert.deepEqual(await table(socket, {}, 10), texts(six))
  assert.deepEqual(await table(socket, {}, 0), texts(one, six))
  assert.deepEqual(await table(socket, {}, 7), [])
})

for (const [what, request] of [
  ['entries that die', connection('getDying', {}, { family: 0 })],
  ['unconfirmed entries', connection('getUnconfirmed', {}, { family: 0 })],
] as const) {
  scenario('F-127', `${what}: by dump only, and there are none`, async (world) => {
    const socket = world.open()
    await socket.must(creation(one))
    assert.equal((await socket.ask(request.slice())).error, 'EOPNOTSUPP')
    const { error, entries } = await socket.dump(request.slice())
    assert.deepEqual([error, entries.length], ['0', 0])
  })
}

scenario('F-128', 'statistics per processor come by dump only', async (world) => {
  const socket = world.open()
  const request = connection('getStatsCpu', {}, { family: 0 })
  const { error, replies } = await socket.ask(request.slice())
  assert.deepEqual([error, replies.length], ['0', 0])
  const { entries, end } = await socket.dump(request.slice())
  assert.ok(entries.length >= 1)
  assert.deepEqual(
    entries.map((entry) => [entry.type, netfilterOf(entry).resourceId]),
    entries.map((_, cpu) => [conntrackMessage.getStatsCpu.type, cpu]),
  )
  assert.deepEqual(
    [...netfilterOf(entries[0]!).attrs.list()].map(({ id }) => id),
    [2, 4, 8, 9, 10, 11, 12, 13, 14, 15],
  )
  assert.equal(end.type, control.done)
})

scenario('F-128', 'the statistics count entries', async (world) => {
  const socket = world.open()
  const count = async () => {
    const [message] = await socket.must(connection('getStats', {}, { family: 0 }))
    const [entries, most] = [...netfilterOf(message!).attrs.list()]
    assert.deepEqual([entries!.id, most!.id], [1, 2])
    return entries!.bytes.at(-1)
  }
  const before = (await count())!
  await fill(socket, many.slice(0, 3))
  assert.equal(await count(), before + 3)
  await socket.must(deletion(many[0]!))
  assert.equal(await count(), before + 2)
})

scenario('F-153', "statistics of expectations come typed as another message's", async (world) => {
  const { entries } = await world.open().dump(expectation('getStatsCpu', {}, { family: 0 }))
  assert.ok(entries.length >= 1)
  assert.deepEqual(
    entries.map((entry) => [entry.type, netfilterOf(entry).resourceId]),
    entries.map((_, cpu) => [0x0103, cpu]),
  )
  assert.deepEqual(
    [...netfilterOf(entries[0]!).attrs.list()].map(({ id }) => id),
    [1, 2, 3],
  )
})
