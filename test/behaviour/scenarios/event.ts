import assert from 'node:assert/strict'
import { messageFlags } from '@nfkit/netlink-codec'
import { conntrackMessage, status } from '@nfkit/netlink-codec/conntrack'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { heads, listener } from '../events.ts'
import { change, creation, deletion, entry, names } from '../flow.ts'
import { scenario } from '../scenario.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const two = 'udp 10.1.0.1:1001 > 10.1.0.2:2000'
const web = 'tcp 10.1.0.1:1000 > 10.1.0.2:80'
const made = conntrackMessage.new.type
const gone = conntrackMessage.delete.type
const { create, exclusive } = messageFlags
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
