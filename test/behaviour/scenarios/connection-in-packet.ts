import assert from 'node:assert/strict'
import { decode } from '@nfkit/netlink-codec'
import { conntrack, statsGlobal } from '@nfkit/netlink-codec/conntrack'
import { copyMode, ctInfo, nfqa, type QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { listener, track } from '../events.ts'
import { creation, entryOf, table, text, tuple } from '../flow.ts'
import { udp } from '../packet.ts'
import { attributesOf, Queue, toQueue, waiting } from '../queue.ts'
import { connection } from '../request.ts'
import { needsGlue, scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'
import { all, of, there, tracked, withFlow } from '../tracked.ts'

const back = udp('10.1.0.2:7007', '10.1.0.1:1000')
const ctNames = (packet: QueuedPacket): string[] =>
  [...packet.attrs.nest(nfqa.rows.ct)!.list()].map(({ id }) => conntrack.byId[id]?.key ?? `${id}`)
const info = (packet: QueuedPacket): number | undefined => packet.get(nfqa.rows.ctInfo)

scenario(
  'F-100',
  'a packet comes with its connection',
  async (world) => {
    const queue = await tracked(world)
    await world.emit(there)
    const packet = await queue.packet()
    const { packetHdr, ifindexOutdev, ct, ctInfo: state, payload } = nfqa.rows
    assert.deepEqual(attributesOf(packet), [packetHdr.id, ifindexOutdev.id, ct.id, state.id, payload.id])
    assert.equal(text(packet.flow!.toObject().tupleOrig), text(tuple(of)))
  },
  needsGlue,
)

scenario(
  'F-100',
  'in mode META too, and before CAP_LEN',
  async (world) => {
    const queue = await tracked(world, { ...withFlow, params: { copyMode: copyMode.meta, copyRange: 0 } })
    await world.emit(there)
    assert.deepEqual(attributesOf(await queue.packet()).slice(2), [nfqa.rows.ct.id, nfqa.rows.ctInfo.id])
    await queue.judge(1, 'drop')
    const cut = await Queue.open(world, 8, { ...withFlow, params: { copyMode: copyMode.packet, copyRange: 20 } })
    await world.rules(track, { ...all, action: { kind: 'queue', number: 8 } })
    await world.emit(there)
    const { ct, ctInfo: state, capLen, payload } = nfqa.rows
    assert.deepEqual(attributesOf(await cut.packet()).slice(2), [ct.id, state.id, capLen.id, payload.id])
  },
  needsGlue,
)

scenario(
  'F-100',
  'without the flag it does not',
  async (world) => {
    const queue = await tracked(world, {})
    await world.emit(there)
    assert.ok(!attributesOf(await queue.packet()).includes(nfqa.rows.ct.id))
  },
  needsGlue,
)

scenario(
  'F-101',
  'nothing is known before connection tracking',
  async (world) => {
    const queue = await tracked(world)
    await world.rules(track, { ...all, table: 'raw' })
    await world.emit(there)
    assert.ok(!attributesOf(await queue.packet()).includes(nfqa.rows.ct.id))
  },
  needsGlue,
)

scenario(
  'F-101',
  'nothing is known of what is not tracked',
  async (world) => {
    const queue = await tracked(world)
    await world.rules(track, { ...all, table: 'raw', action: { kind: 'notrack' } }, all)
    await world.emit(there)
    assert.ok(!attributesOf(await queue.packet()).includes(nfqa.rows.ct.id))
  },
  needsGlue,
)

scenario(
  'F-102',
  'the first packet: new, unconfirmed, counted',
  async (world) => {
    await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
    await world.sysctl('net.netfilter.nf_conntrack_timestamp', 1)
    const queue = await tracked(world)
    await world.emit(there)
    const packet = await queue.packet()
    const flow = packet.flow!.toObject()
    assert.equal(info(packet), ctInfo.new)
    assert.equal(flow.status, 0)
    assert.deepEqual(flow.countersOrig, { packets: 1n, bytes: BigInt(there.length) })
    assert.equal(flow.timestamp?.start, 0n)
    assert.ok(flow.timeout! <= 30)
    assert.deepEqual(await table(queue.socket), [])
  },
  needsGlue,
)

scenario(
  'F-102',
  'the first packet tells the whole time that its connection will have, however long it waits',
  async (world) => {
    const queue = await tracked(world)
    await world.pass(1.2)
    await world.emit(there)
    assert.equal((await queue.packet()).flow!.timeoutSeconds, 30)
  },
  needsGlue,
)

scenario('F-121', 'a packet that waits uses its entry, until it is judged', async (world) => {
  const queue = await tracked(world, {})
  await world.emit(there)
  await queue.judge((await queue.packet()).id, 'accept')
  const use = async () => (await entryOf(queue.socket, of)).use
  const idle = await use()
  await world.emit(there)
  const { id } = await queue.packet()
  assert.equal(await use(), idle! + 1)
  await queue.judge(id, 'accept')
  await world.arrivals(2)
  assert.equal(await use(), idle)
})

scenario(
  'F-102',
  'the attributes of a connection in a packet, in order',
  async (world) => {
    const queue = await tracked(world)
    await world.emit(there)
    const found = ctNames(await queue.packet()).filter((name) => name !== 'synproxy')
    assert.deepEqual(found, ['tupleOrig', 'tupleReply', 'id', 'status', 'timeout', 'mark'])
  },
  needsGlue,
)

scenario(
  'F-102',
  'the state of a packet within its connection',
  async (world) => {
    const queue = await tracked(world)
    const states: (number | undefined)[] = []
    for (const [i, bytes] of [there, there, back, there].entries()) {
      await world.emit(bytes)
      states.push(info(await queue.packet()))
      await queue.judge(i + 1, 'accept')
    }
    assert.deepEqual(states, [ctInfo.new, ctInfo.new, ctInfo.establishedReply, ctInfo.established])
  },
  needsGlue,
)

scenario(
  'F-102',
  'a connection dropped in the queue was never there',
  async (world) => {
    const queue = await tracked(world)
    const events = listener(world)
    await world.emit(there)
    await queue.packet()
    await queue.judge(1, 'drop')
    assert.deepEqual(await events.take(), [])
    assert.deepEqual(await table(queue.socket), [])
  },
  needsGlue,
)

scenario(
  'F-100',
  'connections are told over toQueue rules of one port, too',
  async (world) => {
    await world.rules(track, toQueue(7))
    const queue = await Queue.open(world, 7, withFlow)
    await world.emit([there, back])
    assert.equal((await queue.packets(1)).length, 1)
  },
  needsGlue,
)

/** How many entries the statistics count. */
async function counted(socket: Socket): Promise<number> {
  const [found] = await socket.must(connection('getStats'))
  return decode(statsGlobal, found!.bytes, found!.start + 20, found!.end).entries!
}

/** Waits until so many count: an entry of before counts as long as the kernel has a packet of it anywhere. */
async function countsOnly(socket: Socket, entries: number): Promise<void> {
  for (let i = 0; i < 100 && (await counted(socket)) !== entries; i++)
    await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(await counted(socket), entries)
}

scenario('F-205', 'the entry of a packet that waits counts, and one that is there counts once', async (world) => {
  const queue = await waiting(world, 1, there, track)
  await countsOnly(queue.socket, 1)
  assert.deepEqual(await table(queue.socket), [])
  await queue.judge(1, 'drop')
  assert.equal(await counted(queue.socket), 0)
  await queue.socket.must(creation(of))
  await world.emit(there)
  await queue.packet()
  assert.equal(await counted(queue.socket), 1)
})
