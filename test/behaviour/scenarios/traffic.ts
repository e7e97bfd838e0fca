import assert from 'node:assert/strict'
import { ipProtocol } from '@nfkit/inet'
import { status } from '@nfkit/netlink-codec/conntrack'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { changes, listener, track } from '../events.ts'
import { creation, entry, entryOf, table, text, tuple } from '../flow.ts'
import { echo, raw, udp } from '../packet.ts'
import { connection } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'
import type { World } from '../world.ts'

const dns = 'udp 10.1.0.1:1000 > 10.1.0.2:53'
const [asked, answered] = [udp('10.1.0.1:1000', '10.1.0.2:53'), udp('10.1.0.2:53', '10.1.0.1:1000')]
async function tracked(world: World): Promise<{ events: Socket; socket: Socket }> {
  await world.rules(track)
  return { events: listener(world), socket: world.open() }
}
const [fresh, seen, assured] = [status.confirmed, 0xa, 0xe]

scenario('F-145', 'UDP: new, answered, and a stream after two seconds', async (world) => {
  const { events, socket } = await tracked(world)
  await world.emit(asked)
  assert.ok((await entryOf(socket, dns)).timeout! <= 30)
  await world.emit([answered, asked, answered])
  assert.deepEqual(await changes(events), [
    ['new', fresh],
    ['update', seen],
  ])
  assert.ok((await entryOf(socket, dns)).timeout! <= 30)
  await world.pass(2.2)
  await world.emit(asked)
  assert.deepEqual(await changes(events), [['update', assured]])
  const { timeout } = await entryOf(socket, dns)
  assert.ok(timeout! > 110 && timeout! <= 120, `${timeout}`)
})

for (const [name, request, reply, of] of [
  [
    'ICMP',
    echo('10.1.0.1', '10.1.0.2', 7, 'request'),
    echo('10.1.0.2', '10.1.0.1', 7, 'reply'),
    'icmp 10.1.0.1 > 10.1.0.2 type 8 code 0 id 7',
  ],
  [
    'ICMPv6',
    echo('fd00::1', 'fd00::2', 7, 'request'),
    echo('fd00::2', 'fd00::1', 7, 'reply'),
    'icmpv6 fd00::1 > fd00::2 type 128 code 0 id 7',
  ],
] as const) {
  scenario('F-145', `${name}: new and answered`, async (world) => {
    const { events, socket } = await tracked(world)
    await world.emit(request)
    await world.emit(reply)
    assert.deepEqual(await changes(events), [
      ['new', fresh],
      ['update', seen],
    ])
    assert.ok((await entryOf(socket, of)).timeout! <= 30)
  })
}

scenario('F-145', 'another protocol has no ports and lasts 600 s', async (world) => {
  const { socket } = await tracked(world)
  await world.emit(raw(89, '10.1.0.1', '10.1.0.2', new Uint8Array(24)))
  const found = await entryOf(socket, '89 10.1.0.1 > 10.1.0.2')
  assert.deepEqual(found.tupleOrig?.proto, { num: 89 })
  assert.ok(found.timeout! > 595 && found.timeout! <= 600)
})

scenario('F-145', 'a packet that is dropped leaves no entry', async (world) => {
  await world.rules(track, { hook: 'output', table: 'security', protocol: 'udp', action: { kind: 'drop' } })
  const [events, socket] = [listener(world), world.open()]
  await world.emit(asked)
  assert.deepEqual(await events.take(), [])
  assert.deepEqual(await table(socket), [])
})

scenario('F-121', 'packets and bytes are counted in both directions', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
  const { socket } = await tracked(world)
  await world.emit([asked, asked])
  await world.emit(answered)
  const { countersOrig, countersReply } = await entryOf(socket, dns)
  assert.deepEqual(countersOrig, { packets: 2n, bytes: BigInt(2 * asked.length) })
  assert.deepEqual(countersReply, { packets: 1n, bytes: BigInt(answered.length) })
})

scenario('F-122', 'CTRZERO zeroes what was counted', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
  const { socket } = await tracked(world)
  await world.emit([asked, asked])
  const [message] = await socket.must(connection('getCtrzero', { tupleOrig: tuple(dns) }))
  assert.equal(entry(message!).countersOrig?.packets, 2n)
  assert.equal((await entryOf(socket, dns)).countersOrig?.packets, 0n)
})

scenario('F-121', 'a rule gives a connection a helper, and the entry names it', async (world) => {
  const action = { kind: 'helper', name: 'tftp' } as const
  await world.rules(track, { hook: 'output', table: 'raw', protocol: 'udp', port: 69, action })
  await world.emit(udp('10.1.0.1:1000', '10.1.0.2:69'))
  assert.deepEqual((await entryOf(world.open(), 'udp 10.1.0.1:1000 > 10.1.0.2:69')).help, { name: 'tftp' })
})

scenario('F-121', 'a rule puts a connection into a zone', async (world) => {
  await world.rules(track, { hook: 'output', table: 'raw', protocol: 'udp', action: { kind: 'zone', value: 7 } })
  const [events, socket] = [listener(world, group.conntrackNew), world.open()]
  await world.emit(asked)
  const [message] = await events.messages()
  assert.equal(entry(message!).zone, 7)
  assert.equal((await socket.ask(connection('get', { tupleOrig: tuple(dns) }))).error, 'ENOENT')
  await socket.must(connection('get', { tupleOrig: tuple(dns), zone: 7 }))
})

scenario('F-115', 'a mark set by a request is kept through traffic', async (world) => {
  const { socket } = await tracked(world)
  await world.emit(asked)
  await socket.must(connection('new', { tupleOrig: tuple(dns), mark: 9, timeout: 3000 }))
  await world.emit(asked)
  const { mark, timeout } = await entryOf(socket, dns)
  assert.equal(mark, 9)
  assert.ok(timeout! <= 30, `${timeout}`) // traffic refreshes it
})

scenario('F-115', 'a fixed timeout is kept through traffic', async (world) => {
  const { socket } = await tracked(world)
  await world.emit(asked)
  await socket.must(
    connection('new', { tupleOrig: tuple(dns), timeout: 3000, status: status.confirmed | status.fixedTimeout }),
  )
  await world.emit(asked)
  assert.ok((await entryOf(socket, dns)).timeout! > 2900)
})

scenario('F-121', 'entries are named by their first packet', async (world) => {
  const { socket } = await tracked(world)
  await world.emit(answered)
  await world.emit(asked)
  const found = await entryOf(socket, dns)
  assert.equal(text(found.tupleOrig), text(tuple('udp 10.1.0.2:53 > 10.1.0.1:1000')))
  assert.equal(found.tupleOrig?.proto?.num, ipProtocol.udp)
})

scenario('F-206', 'an entry of UDP that a request made with a reply seen is a stream', async (world) => {
  await world.rules(track)
  const socket = world.open()
  const of = 'udp 10.1.0.1:1000 > 10.1.0.2:53'
  await socket.must(creation(of, { status: status.confirmed | status.seenReply }))
  await world.emit(udp('10.1.0.1:1000', '10.1.0.2:53'))
  const { status: bits, timeout } = await entryOf(socket, of)
  assert.equal(bits, status.confirmed | status.seenReply | status.assured)
  assert.ok(timeout! > 100 && timeout! <= 120, `${timeout}`)
})
