import assert from 'node:assert/strict'
import { type Conntrack, group, Message, messageFlags, messageType, status } from '@nfkit/netlink-codec'
import { change, creation, deletion, entry, names, text, tuple } from '../flow.ts'
import { connection } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'
import type { World } from '../world.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const two = 'udp 10.1.0.1:1001 > 10.1.0.2:2000'
const web = 'tcp 10.1.0.1:1000 > 10.1.0.2:80'
const made = messageType.conntrackNew.type
const gone = messageType.conntrackDelete.type
const { create, exclusive, echo } = messageFlags

/** A socket that hears of the table. */
export function listener(world: World, ...groups: readonly number[]): Socket {
  const socket = world.open()
  for (const one of groups.length > 0 ? groups : [group.conntrackNew, group.conntrackUpdate, group.conntrackDestroy])
    socket.transport.join(one)
  return socket
}

const heads = (messages: readonly Message[]): number[][] =>
  messages.map(({ type, flags, sequence, portId, family }) => [type, flags, sequence, portId, family])

scenario('F-140', 'NEW, UPDATE and DESTROY, and who caused them', async (world) => {
  const [events, socket] = [listener(world), world.open()]
  await socket.must(creation(one))
  await socket.must(change(one, { mark: 5 }))
  await socket.must(deletion(one))
  assert.deepEqual(heads(await events.messages()), [
    [made, create | exclusive, 0, socket.portId, 2],
    [made, 0, 0, socket.portId, 2],
    [gone, 0, 0, socket.portId, 2],
  ])
})

for (const [what, of, expected] of [
  ['NEW', group.conntrackNew, [[made, create | exclusive]]],
  ['UPDATE', group.conntrackUpdate, [[made, 0]]],
  ['DESTROY', group.conntrackDestroy, [[gone, 0]]],
] as const) {
  scenario('F-140', `the group of ${what} has nothing else`, async (world) => {
    const [events, socket] = [listener(world, of), world.open()]
    await socket.must(creation(one))
    await socket.must(change(one, { mark: 5 }))
    await socket.must(deletion(one))
    const found = (await events.messages()).map(({ type, flags }) => [type, flags])
    assert.deepEqual(found, expected)
  })
}

scenario('F-140', 'who leaves a group hears no more', async (world) => {
  const [events, socket] = [listener(world), world.open()]
  await socket.must(creation(one))
  events.transport.leave(group.conntrackNew)
  await socket.must(creation(two))
  await socket.must(deletion(two))
  assert.deepEqual(
    (await events.messages()).map(({ type }) => type),
    [made, gone],
  )
})

scenario('F-118', 'an update that changes nothing is an event', async (world) => {
  const [events, socket] = [listener(world, group.conntrackUpdate), world.open()]
  await socket.must(creation(one))
  await socket.must(change(one, {}))
  await socket.must(change(one, { timeout: 100 }))
  assert.equal((await events.messages()).length, 2)
})

scenario('F-118', 'a refused update is none', async (world) => {
  const [events, socket] = [listener(world, group.conntrackUpdate), world.open()]
  await socket.must(creation(one))
  assert.equal((await socket.ask(change(one, { status: 0 }))).error, 'EBUSY')
  assert.deepEqual(await events.take(), [])
})

scenario('F-141', 'with ECHO the requester gets the event before the acknowledgement', async (world) => {
  listener(world, group.conntrackDestroy) // else there are no events at all
  const socket = world.open()
  const { error, replies } = await socket.ask(creation(one, {}, create | exclusive | echo))
  assert.equal(error, '0')
  assert.deepEqual(heads(replies), [[made, create | exclusive, 0, socket.portId, 2]])
})

scenario('F-141', 'with ECHO a requester that listens hears it once', async (world) => {
  const [socket, other] = [listener(world), listener(world)]
  const { replies } = await socket.ask(creation(one, {}, create | exclusive | echo))
  assert.equal(replies.length, 1)
  assert.equal((await other.messages()).length, 1)
  const deleted = deletion(one)
  deleted[6]! |= echo
  assert.deepEqual(
    (await socket.ask(deleted)).replies.map(({ type }) => type),
    [gone],
  )
})

scenario('F-142', 'without ECHO a requester that listens hears of itself', async (world) => {
  const socket = listener(world)
  const { replies } = await socket.ask(creation(one))
  assert.deepEqual(heads(replies), [[made, create | exclusive, 0, socket.portId, 2]])
})

scenario('F-143', 'what was made while nobody listened has no events', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  const events = listener(world)
  await socket.must(creation(two))
  await socket.must(change(one, { mark: 1 }))
  await socket.must(deletion(one))
  await socket.must(deletion(two))
  assert.deepEqual(
    (await events.messages()).map((message) => [message.type, text(entry(message).tupleOrig)]),
    [
      [made, text(tuple(two))],
      [gone, text(tuple(two))],
    ],
  )
})

scenario('F-143', 'with events=1 it has', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_events', 1)
  const socket = world.open()
  await socket.must(creation(one))
  const events = listener(world)
  await socket.must(deletion(one))
  assert.deepEqual(
    (await events.messages()).map(({ type }) => type),
    [gone],
  )
})

scenario('F-143', 'with events=0 nothing has', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_events', 0)
  const [events, socket] = [listener(world), world.open()]
  await socket.must(creation(one))
  await socket.must(deletion(one))
  assert.deepEqual(await events.take(), [])
})

scenario('F-144', 'the attributes of events, in order', async (world) => {
  const [events, socket] = [listener(world), world.open()]
  await socket.must(creation(web))
  await socket.must(change(web, { mark: 5 }))
  await socket.must(deletion(web))
  const found = (await events.messages()).map(names)
  const first = found[0]!.filter((name) => name !== 'synproxy')
  assert.deepEqual(first.slice(0, 5), ['tupleOrig', 'tupleReply', 'id', 'status', 'timeout'])
  assert.ok(!first.includes('use') && !first.includes('countersOrig') && !first.includes('timestamp'))
  assert.deepEqual(found[1]!.at(-1), 'mark')
  assert.deepEqual(found[2], ['tupleOrig', 'tupleReply', 'id', 'status', 'timeout', 'protoinfo', 'mark'])
})

scenario('F-144', 'DESTROY: dying, with counters and times, and only the state of TCP', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
  await world.sysctl('net.netfilter.nf_conntrack_timestamp', 1)
  const [events, socket] = [listener(world, group.conntrackDestroy), world.open()]
  await socket.must(creation(web, { protoinfo: { tcp: { state: 3 } } }))
  await socket.must(deletion(web))
  const [message] = await events.messages()
  const stamp = world.profile.eventTimestamp ? ['timestampEvent'] : []
  assert.deepEqual(names(message!), [
    'tupleOrig',
    'tupleReply',
    'id',
    'status',
    'timeout',
    'countersOrig',
    'countersReply',
    'timestamp',
    'protoinfo',
    ...stamp,
  ])
  const found = entry(message!)
  assert.equal(found.status, status.confirmed | status.dying)
  assert.deepEqual(found.protoinfo, { tcp: { state: 3 } })
  assert.ok(found.timestamp!.stop! >= found.timestamp!.start!)
})

scenario('F-144', 'an event has the mark when it is not 0', async (world) => {
  const [events, socket] = [listener(world), world.open()]
  await socket.must(creation(one, { mark: 7 }))
  await socket.must(creation(two))
  await socket.must(deletion(one))
  await socket.must(deletion(two))
  const marks = (await events.messages()).map((message) => [message.type, entry(message).mark ?? 'none'])
  assert.deepEqual(marks, [
    [made, 7],
    [made, 0], // said to be changed, as all of a new entry is
    [gone, 7],
    [gone, 'none'],
  ])
})

scenario('F-147', 'a flush is one DESTROY for each, from who flushed', async (world) => {
  const [events, socket] = [listener(world, group.conntrackDestroy), world.open()]
  const flows = Array.from({ length: 20 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
  await socket.send(...flows.map((flow) => creation(flow)))
  await socket.must(connection('Delete', {}, { family: 0 }))
  const found = await events.messages()
  assert.deepEqual(
    found.map((message) => text(entry(message).tupleOrig)).sort(),
    flows.map((flow) => text(tuple(flow))).sort(),
  )
  assert.ok(found.every((message) => message.type === gone && message.portId === socket.portId))
})

scenario(
  'F-129',
  'an expired entry is destroyed when it is touched, by nobody, at the time it expired',
  async (world) => {
    await world.sysctl('net.netfilter.nf_conntrack_timestamp', 1)
    const [events, socket] = [listener(world, group.conntrackDestroy), world.open()]
    await socket.must(creation(one, { timeout: 1 }))
    await world.pass(1.5)
    await socket.dump(connection('Get', {}, { family: 0 }))
    const [message] = await events.messages()
    assert.deepEqual([message!.type, message!.portId], [gone, 0])
    const found: Conntrack = entry(message!)
    assert.equal(found.timeout, undefined)
    const lived = Number(found.timestamp!.stop! - found.timestamp!.start!) / 1e9
    assert.ok(lived > 0.9 && lived < 1.3, `${lived} s`)
  },
)

scenario('F-146', 'a listener that asks for errors misses no DESTROY', async (world) => {
  const events = world.open({ receiveBuffer: 5000 })
  events.transport.join(group.conntrackDestroy)
  events.transport.set('broadcastError', true)
  const socket = world.open()
  const flows = Array.from({ length: 12 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
  await socket.send(...flows.map((flow) => creation(flow)))
  events.transport.pause()
  for (const flow of flows) await socket.must(deletion(flow))
  const dying = await socket.dump(connection('GetDying', {}, { family: 0 }))
  assert.ok(dying.entries.length > 0 && dying.entries.length < flows.length, `${dying.entries.length} are dying`)
  events.transport.resume()
  const found = new Set<string>()
  for (let round = 0; round < 12 && found.size < flows.length; round++) {
    for (const item of await events.take())
      if (typeof item !== 'string') found.add(text(entry(new Message(item, 0, item.length)).tupleOrig))
    await world.pass(0.5)
  }
  assert.equal(found.size, flows.length)
  assert.equal((await socket.dump(connection('GetDying', {}, { family: 0 }))).entries.length, 0)
})

scenario('F-146', 'a listener that does not misses some', async (world) => {
  const events = world.open({ receiveBuffer: 5000 })
  events.transport.join(group.conntrackDestroy)
  const socket = world.open()
  const flows = Array.from({ length: 12 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
  await socket.send(...flows.map((flow) => creation(flow)))
  events.transport.pause()
  for (const flow of flows) await socket.must(deletion(flow))
  assert.equal((await socket.dump(connection('GetDying', {}, { family: 0 }))).entries.length, 0)
  events.transport.resume()
  const items = await events.take()
  assert.equal(items.filter((item) => item === 'ENOBUFS').length, 1)
  assert.ok(items.length - 1 < flows.length, `${items.length - 1} events`)
})
