import assert from 'node:assert/strict'
import { parseAddress } from '@nfkit/inet'
import { decode, type Message, messageFlags } from '@nfkit/netlink-codec'
import { type Expect, expect, expectMessage } from '@nfkit/netlink-codec/conntrack'
import { group, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { listener } from '../events.ts'
import { change, creation, deletion, entryOf, text, tuple } from '../flow.ts'
import { expectation } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'

const master = 'udp 10.1.0.1:1000 > 10.1.0.2:69'
const plain = 'udp 10.1.0.1:1001 > 10.1.0.2:69'
const expected = 'udp 10.1.0.2:0 > 10.1.0.1:1000'
const other = 'udp 10.1.0.2:0 > 10.1.0.1:1001'
const full = parseAddress('255.255.255.255')!
const mask = { ip: { v4Src: full, v4Dst: full }, proto: { num: 17, srcPort: 0, dstPort: 0xffff } }
const { create, exclusive } = messageFlags

const wanted = (of = expected, from = master, more: Expect = {}): Expect => ({
  tuple: tuple(of),
  mask,
  master: tuple(from),
  timeout: 50,
  ...more,
})
const making = (value: Expect, flags: number = create | exclusive): Uint8Array => expectation('new', value, { flags })
const read = ({ bytes, start, end }: Message): Expect => decode(expect, bytes, start + 20, end)
const keys = (message: Message): string[] =>
  [...netfilterOf(message).attrs.list()].map(({ id }) => expect.byId[id]?.key ?? `${id}`)
const withHelper = (socket: Socket) => socket.must(creation(master, { help: { name: 'tftp' } }))

for (const [what, value, flags, error] of [
  ['without a tuple', { mask, master: tuple(master) }, create, 'EINVAL'],
  ['without a mask', { tuple: tuple(expected), master: tuple(master) }, create, 'EINVAL'],
  ['without a master', { tuple: tuple(expected), mask }, create, 'EINVAL'],
  ['without CREATE', wanted(), 0, 'ENOENT'],
  ['of a master that is not there', wanted(expected, 'udp 10.9.9.9:1 > 10.9.9.8:2'), create, 'ENOENT'],
  ['of a master without a helper', wanted(expected, plain), create, 'EOPNOTSUPP'],
  ['of a class the helper has not', wanted(expected, master, { class: 1 }), create, 'EINVAL'],
  ['with an unknown function', wanted(expected, master, { fn: 'nosuchfunction' }), create, 'EINVAL'],
] as const satisfies readonly (readonly [string, Expect, number, string])[]) {
  scenario('F-150', `an expectation ${what}: ${error}`, async (world) => {
    const socket = world.open()
    await withHelper(socket)
    await socket.must(creation(plain))
    assert.equal((await socket.ask(making(value, flags))).error, error)
  })
}

scenario('F-150', 'an expectation is made, with the timeout of its helper', async (world) => {
  const socket = world.open()
  await withHelper(socket)
  await socket.must(making(wanted(expected, master, { flags: 7 })))
  const [message] = await socket.must(expectation('get', { tuple: tuple(expected) }))
  assert.deepEqual([message!.type, message!.flags], [expectMessage.new.type, messageFlags.multi])
  assert.deepEqual(keys(message!), ['tuple', 'mask', 'master', 'timeout', 'id', 'flags', 'class', 'helpName'])
  const found = read(message!)
  assert.ok(found.timeout! > 290 && found.timeout! <= 300, `${found.timeout}`)
  assert.deepEqual([found.flags, found.class, found.helpName], [3, 0, 'tftp'])
  assert.equal(text(found.master), text(tuple(master)))
})

scenario('F-150', 'EXCL refuses what exists; else its timeout is set', async (world) => {
  const [socket, events] = [world.open(), listener(world, group.conntrackExpNew, group.conntrackExpDestroy)]
  await withHelper(socket)
  await socket.must(making(wanted()))
  await events.messages()
  assert.equal((await socket.ask(making(wanted()))).error, 'EEXIST')
  await socket.must(making(wanted(expected, master, { timeout: 77_000 }), 0))
  const [message] = await socket.must(expectation('get', { tuple: tuple(expected) }))
  const { timeout = 0 } = read(message!)
  assert.ok(timeout <= 77_000 && timeout > 76_990, `${timeout}`)
  assert.deepEqual(await events.take(), [])
})

scenario('F-150', 'an expectation ends with the timeout that it was given last', async (world) => {
  const socket = world.open()
  await withHelper(socket)
  await socket.must(making(wanted()))
  await socket.must(making(wanted(expected, master, { timeout: 1 }), 0))
  await world.pass(1.3)
  assert.equal((await socket.ask(expectation('get', { tuple: tuple(expected) }))).error, 'ENOENT')
})

scenario('F-151', 'one too many: the oldest goes first', async (world) => {
  const [socket, events] = [world.open(), listener(world, group.conntrackExpNew, group.conntrackExpDestroy)]
  await withHelper(socket)
  await socket.must(making(wanted()))
  await socket.must(making(wanted(other)))
  assert.deepEqual(
    (await events.messages()).map((message) => [message.type, message.portId, text(read(message).tuple)]),
    [
      [expectMessage.new.type, socket.portId, text(tuple(expected))],
      [expectMessage.delete.type, 0, text(tuple(expected))],
      [expectMessage.new.type, socket.portId, text(tuple(other))],
    ],
  )
})

scenario('F-151', 'events of expectations have their flags', async (world) => {
  const [socket, events] = [world.open(), listener(world, group.conntrackExpNew, group.conntrackExpDestroy)]
  await withHelper(socket)
  await socket.must(making(wanted()))
  await socket.must(expectation('delete', { tuple: tuple(expected) }))
  assert.deepEqual(
    (await events.messages()).map(({ type, flags, sequence }) => [type, flags, sequence]),
    [
      [expectMessage.new.type, create | exclusive, 0],
      [expectMessage.delete.type, 0, 0],
    ],
  )
})

scenario('F-150', 'a lookup: by the tuple, with the id if there is one', async (world) => {
  const socket = world.open()
  await withHelper(socket)
  await socket.must(making(wanted()))
  assert.equal((await socket.ask(expectation('get'))).error, 'EINVAL')
  assert.equal((await socket.ask(expectation('get', { tuple: tuple(other) }))).error, 'ENOENT')
  const [message] = await socket.must(expectation('get', { tuple: tuple(expected) }))
  const { id } = read(message!)
  await socket.must(expectation('get', { tuple: tuple(expected), id: id! }))
  assert.equal((await socket.ask(expectation('get', { tuple: tuple(expected), id: (id! ^ 1) >>> 0 }))).error, 'ENOENT')
})

scenario('F-150', 'expectations are dumped, all or those of a connection', async (world) => {
  const socket = world.open()
  await withHelper(socket)
  await socket.must(making(wanted()))
  const second = 'udp 10.1.0.1:2000 > 10.1.0.2:69'
  await socket.must(creation(second, { help: { name: 'tftp' } }))
  await socket.must(making(wanted(other, second)))
  const every = await socket.dump(expectation('get', {}, { family: 0 }))
  assert.deepEqual(
    every.entries.map((message) => text(read(message).tuple)).sort(),
    [expected, other].map((one) => text(tuple(one))).sort(),
  )
  const own = await socket.dump(expectation('get', { master: tuple(second) }))
  assert.deepEqual(
    own.entries.map((message) => text(read(message).tuple)),
    [text(tuple(other))],
  )
  const none = await socket.dump(expectation('get', { master: tuple('udp 10.9.9.9:1 > 10.9.9.8:2') }))
  assert.equal(none.error, 'ENOENT')
})

scenario('F-152', 'a dump of a connection without a helper is no dump: only an acknowledgement', async (world) => {
  const socket = world.open()
  await socket.must(creation(plain))
  const { end, entries } = await socket.dump(expectation('get', { master: tuple(plain) }))
  assert.deepEqual([end.type, entries.length], [2, 0])
  const request = expectation('get', { master: tuple(plain) }, { flags: messageFlags.dump })
  await socket.send(request)
  assert.deepEqual(await socket.take(), [])
})

scenario('F-154', 'expectations go with their master', async (world) => {
  const [socket, events] = [world.open(), listener(world, group.conntrackExpDestroy)]
  await withHelper(socket)
  await socket.must(making(wanted()))
  await socket.must(deletion(master))
  assert.deepEqual(
    (await events.messages()).map(({ type, portId }) => [type, portId]),
    [[expectMessage.delete.type, 0]],
  )
  assert.equal((await socket.dump(expectation('get', {}, { family: 0 }))).entries.length, 0)
})

for (const [what, value] of [
  ['by their helper', { helpName: 'tftp' }],
  ['all', {}],
] as const) {
  scenario('F-150', `expectations are deleted ${what}`, async (world) => {
    const socket = world.open()
    await withHelper(socket)
    await socket.must(making(wanted()))
    await socket.must(expectation('delete', value, { family: 0 }))
    assert.equal((await socket.dump(expectation('get', {}, { family: 0 }))).entries.length, 0)
  })
}

scenario('F-150', 'deleting what is not there: ENOENT', async (world) => {
  assert.equal((await world.open().ask(expectation('delete', { tuple: tuple(expected) }))).error, 'ENOENT')
})

scenario('F-115', 'a helper of another entry: EOPNOTSUPP', async (world) => {
  const socket = world.open()
  await socket.must(creation(plain))
  const { error } = await socket.ask(creation(plain, { help: { name: 'tftp' } }, 0))
  assert.equal(error, 'EOPNOTSUPP')
})

scenario('F-115', 'no helper in place of none: nothing to do, and EOPNOTSUPP where helpers stay', async (world) => {
  const socket = world.open()
  await socket.must(creation(plain))
  const { error } = await socket.ask(change(plain, { help: { name: '' } }))
  assert.equal(error, world.profile.helperCanBeCleared ? '0' : 'EOPNOTSUPP')
})

scenario('F-150', 'an expectation of a translated connection says where its packets go', async (world) => {
  const socket = world.open()
  await withHelper(socket)
  const nat = { dir: 1, tuple: tuple('udp 10.1.0.7:77 > 10.1.0.8:88') }
  await socket.must(making(wanted(expected, master, { nat })))
  const [message] = await socket.must(expectation('get', { tuple: tuple(expected) }))
  const found = read(message!).nat!
  assert.deepEqual([found.dir, text(found.tuple)], [1, text(tuple('udp 10.1.0.7:77 > 0.0.0.0:0'))])
  const nowhere = { dir: 1, tuple: tuple('udp 0.0.0.0:0 > 10.1.0.8:88') }
  await socket.must(making(wanted(other, master, { nat: nowhere })))
  const [second] = await socket.must(expectation('get', { tuple: tuple(other) }))
  assert.equal(read(second!).nat, undefined)
  assert.equal((await socket.ask(making(wanted(expected, master, { nat: { dir: 1 } })))).error, 'EINVAL')
  assert.equal((await socket.ask(making(wanted(expected, master, { nat: { tuple: tuple(master) } })))).error, 'EINVAL')
})

scenario('F-150', 'an expectation that another one covers in part: EBUSY', async (world) => {
  const socket = world.open()
  await withHelper(socket)
  await socket.must(making(wanted()))
  const network = { ...mask, ip: { ...mask.ip, v4Src: parseAddress('255.255.255.0')! } }
  const { error } = await socket.ask(making({ ...wanted('udp 10.1.0.3:0 > 10.1.0.1:1000'), mask: network }))
  assert.equal(error, 'EBUSY')
})

scenario('F-121', 'an entry says who helps it', async (world) => {
  const socket = world.open()
  await withHelper(socket)
  const found = await entryOf(socket, master)
  assert.deepEqual([found.help?.name, found.status], ['tftp', 0x2008])
})

scenario('F-150', 'an expectation with half a mask: EINVAL, whether or not there is a master', async (world) => {
  const half = { ...wanted(), mask: { ip: mask.ip } }
  assert.equal((await world.open().ask(making(half))).error, 'EINVAL')
})
