import assert from 'node:assert/strict'
import { Message } from '@nfkit/netlink-codec'
import { type Conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { listener } from '../events.ts'
import { change, creation, deletion, entry, text, tuple } from '../flow.ts'
import { connection } from '../request.ts'
import { scenario } from '../scenario.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const two = 'udp 10.1.0.1:1001 > 10.1.0.2:2000'
const made = conntrackMessage.new.type
const gone = conntrackMessage.delete.type

scenario(
  'F-143',
  'what was made while nobody listened has no events',
  async (world) => {
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
  },
  (world) => world.without('silence elsewhere'),
)

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

scenario('F-147', 'a flush is one DESTROY for each, from who flushed', async (world) => {
  const [events, socket] = [listener(world, group.conntrackDestroy), world.open()]
  const flows = Array.from({ length: 20 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
  await socket.send(...flows.map((flow) => creation(flow)))
  await socket.must(connection('delete', {}, { family: 0 }))
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
    await socket.dump(connection('get', {}, { family: 0 }))
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
  const dying = await socket.dump(connection('getDying', {}, { family: 0 }))
  assert.ok(dying.entries.length > 0 && dying.entries.length < flows.length, `${dying.entries.length} are dying`)
  events.transport.resume()
  const found = new Set<string>()
  for (let round = 0; round < 12 && found.size < flows.length; round++) {
    for (const item of await events.take())
      if (typeof item !== 'string') found.add(text(entry(new Message(item, 0, item.length)).tupleOrig))
    await world.pass(0.5)
  }
  assert.equal(found.size, flows.length)
  assert.equal((await socket.dump(connection('getDying', {}, { family: 0 }))).entries.length, 0)
})

scenario('F-146', 'a listener that does not misses some', async (world) => {
  const events = world.open({ receiveBuffer: 5000 })
  events.transport.join(group.conntrackDestroy)
  const socket = world.open()
  const flows = Array.from({ length: 12 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
  await socket.send(...flows.map((flow) => creation(flow)))
  events.transport.pause()
  for (const flow of flows) await socket.must(deletion(flow))
  assert.equal((await socket.dump(connection('getDying', {}, { family: 0 }))).entries.length, 0)
  events.transport.resume()
  const items = await events.take()
  assert.equal(items.filter((item) => item === 'ENOBUFS').length, 1)
  assert.ok(items.length - 1 < flows.length, `${items.length - 1} events`)
})
