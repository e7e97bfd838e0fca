import assert from 'node:assert/strict'
import { status, tcpState } from '@nfkit/netlink-codec/conntrack'
import { changes, listener, track } from '../events.ts'
import { entryOf, table, texts } from '../flow.ts'
import { tcp, udp } from '../packet.ts'
import { scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'
import type { World } from '../world.ts'

const [a, b] = ['10.1.0.1:1000', '10.1.0.2:80']
const web = `tcp ${a} > ${b}`
const [asked, _answered] = [udp('10.1.0.1:1000', '10.1.0.2:53'), udp('10.1.0.2:53', '10.1.0.1:1000')]
/** Segments of a connection from `a` to `b`, in window. */
const segment = {
  syn: tcp(a, b, 'S', { seq: 100 }),
  synAck: tcp(b, a, 'SA', { seq: 500, ack: 101 }),
  ack: tcp(a, b, 'A', { seq: 101, ack: 501 }),
  data: tcp(a, b, 'PA', { seq: 101, ack: 501, payload: 'hello' }),
  dataAck: tcp(b, a, 'A', { seq: 501, ack: 106 }),
  fin: tcp(a, b, 'FA', { seq: 101, ack: 501 }),
  finAck: tcp(b, a, 'A', { seq: 501, ack: 102 }),
  finBack: tcp(b, a, 'FA', { seq: 501, ack: 102 }),
  last: tcp(a, b, 'A', { seq: 102, ack: 502 }),
  reset: tcp(b, a, 'RA', { seq: 0, ack: 101 }),
  resetLater: tcp(b, a, 'R', { seq: 501 }),
}
async function tracked(world: World): Promise<{ events: Socket; socket: Socket }> {
  await world.rules(track)
  return { events: listener(world), socket: world.open() }
}
const { synSent, synRecv, established, finWait, closeWait, lastAck, timeWait, close } = tcpState
const [fresh, seen, assured] = [status.confirmed, 0xa, 0xe]

scenario('F-145', 'a TCP connection from SYN to TIME_WAIT', async (world) => {
  const { events } = await tracked(world)
  await world.emit([segment.syn, segment.synAck, segment.ack])
  await world.emit([segment.fin, segment.finAck, segment.finBack, segment.last])
  assert.deepEqual(await changes(events), [
    ['new', fresh, synSent],
    ['update', seen, synRecv],
    ['update', assured, established],
    ['update', assured, finWait],
    ['update', assured, closeWait],
    ['update', assured, lastAck],
    ['update', assured, timeWait],
  ])
})

scenario('F-145', 'data of an established connection is no event', async (world) => {
  const { events } = await tracked(world)
  await world.emit([segment.syn, segment.synAck, segment.ack])
  await events.messages()
  await world.emit([segment.data, segment.dataAck])
  assert.deepEqual(await changes(events), [])
})

scenario('F-145', 'a SYN answered by RST: NEW and DESTROY', async (world) => {
  const { events, socket } = await tracked(world)
  await world.emit([segment.syn, segment.reset])
  const found = await changes(events)
  assert.deepEqual(
    found.map(([kind]) => kind),
    ['new', 'destroy'],
  )
  assert.deepEqual(await table(socket), [])
})

scenario('F-145', 'a RST of an established connection: CLOSE', async (world) => {
  const { events, socket } = await tracked(world)
  await world.emit([segment.syn, segment.synAck, segment.ack])
  await events.messages()
  await world.emit(segment.resetLater)
  assert.deepEqual(await changes(events), [['update', assured, close]])
  assert.ok((await entryOf(socket, web)).timeout! <= 10)
})

scenario('F-145', 'a connection picked up in the middle is established', async (world) => {
  const { events, socket } = await tracked(world)
  await world.emit(segment.ack)
  assert.deepEqual(await changes(events), [['new', fresh, established]])
  const { timeout, protoinfo } = await entryOf(socket, web)
  assert.ok(timeout! > 290 && timeout! <= 300, `${timeout}`)
  assert.equal(protoinfo!.tcp!.flagsOriginal!.flags & 0x0a, 0x0a)
})

scenario('F-145', 'without tcp_loose it is not tracked', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_tcp_loose', 0)
  const { events, socket } = await tracked(world)
  await world.emit(segment.ack)
  assert.deepEqual(await changes(events), [])
  assert.deepEqual(await table(socket), [])
})

for (const [name, packets, state, seconds] of [
  ['SYN_SENT', [segment.syn], synSent, 120],
  ['SYN_RECV', [segment.syn, segment.synAck], synRecv, 60],
  ['ESTABLISHED', [segment.syn, segment.synAck, segment.ack], established, 432_000],
  ['FIN_WAIT', [segment.syn, segment.synAck, segment.ack, segment.fin], finWait, 120],
  ['CLOSE_WAIT', [segment.syn, segment.synAck, segment.ack, segment.fin, segment.finAck], closeWait, 60],
  ['LAST_ACK', [segment.syn, segment.synAck, segment.ack, segment.fin, segment.finAck, segment.finBack], lastAck, 30],
  [
    'TIME_WAIT',
    [segment.syn, segment.synAck, segment.ack, segment.fin, segment.finAck, segment.finBack, segment.last],
    timeWait,
    120,
  ],
] as const) {
  scenario('F-145', `${name} lasts ${seconds} s`, async (world) => {
    const { socket } = await tracked(world)
    await world.emit(packets)
    const found = await entryOf(socket, web)
    assert.equal(found.protoinfo?.tcp?.state, state)
    assert.ok(found.timeout! <= seconds && found.timeout! > seconds - 5, `${found.timeout}`)
  })
}

scenario('F-145', 'a new SYN in TIME_WAIT: another connection', async (world) => {
  const { events } = await tracked(world)
  await world.emit([
    segment.syn,
    segment.synAck,
    segment.ack,
    segment.fin,
    segment.finAck,
    segment.finBack,
    segment.last,
  ])
  await events.messages()
  await world.emit(tcp(a, b, 'S', { seq: 90_000 }))
  assert.deepEqual(
    (await changes(events)).map(([kind]) => kind),
    ['destroy', 'new'],
  )
})

scenario('F-145', 'events of traffic have nobody as their cause', async (world) => {
  const { events } = await tracked(world)
  await world.emit([segment.syn, segment.synAck])
  assert.deepEqual(
    (await events.messages()).map(({ portId, sequence }) => [portId, sequence]),
    [
      [0, 0],
      [0, 0],
    ],
  )
})

scenario('F-101', 'what is not tracked has no entry', async (world) => {
  await world.rules(track, { hook: 'output', table: 'raw', protocol: 'udp', action: { kind: 'notrack' } })
  const socket = world.open()
  await world.emit([asked, segment.syn])
  assert.deepEqual(await table(socket), texts(web))
})

scenario('F-145', 'a SYN that meets a SYN is told', async (world) => {
  await world.rules(track)
  const events = listener(world)
  await world.emit([segment.syn, tcp(b, a, 'S', { seq: 500 })])
  assert.deepEqual(await changes(events), [
    ['new', status.confirmed, tcpState.synSent],
    ['update', status.confirmed | status.seenReply, tcpState.synSent2],
  ])
})
