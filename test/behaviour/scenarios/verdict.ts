import assert from 'node:assert/strict'
import { copyMode, nfqa, verdict as verdicts } from '@nfkit/netlink-codec'
import { tcp, udp } from '../packet.ts'
import { attributesOf, Queue, queuedPackets, toQueue } from '../queue.ts'
import { bind, command, config, netfilterPayload, rawAttribute, rawMessage, verdict } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Arrival, Rule, World } from '../world.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const hello6 = udp('[fd00::1]:1000', '[fd00::2]:7007')
const dropLater: Rule = { hook: 'output', table: 'security', protocol: 'udp', action: { kind: 'drop' } }
const dropHere: Rule = { ...dropLater, table: 'filter' }

/** A queue with packets that wait in it: ids 1 to `count`. */
async function waiting(world: World, count = 1, packet = hello, ...rules: readonly Rule[]): Promise<Queue> {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7), ...rules)
  await world.emit(Array.from({ length: count }, () => packet))
  await queue.packets(count)
  return queue
}

const pending = async (world: World, number = 7): Promise<number | undefined> => (await world.queues()).get(number)?.[2]
const last = (arrivals: readonly Arrival[]): number[] => arrivals.map(({ transport }) => transport.at(-1)!)

scenario('F-080', 'an id that never was: ENOENT, asked or not', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(99, 'accept')).error, 'ENOENT')
  await queue.socket.send(verdict(7, 99, 'accept'))
  assert.equal((await queue.socket.messages()).length, 1)
})

scenario('F-080', 'a second verdict: ENOENT', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(1, 'accept')).error, '0')
  assert.equal((await queue.judge(1, 'drop')).error, 'ENOENT')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-080', 'a missing queue: ENODEV', async (world) => {
  assert.equal((await world.open().ask(verdict(9, 1, 'accept'))).error, 'ENODEV')
})

scenario('F-080', "another's packet: EPERM", async (world) => {
  const queue = await waiting(world)
  assert.equal((await world.open().ask(verdict(7, 1, 'accept'))).error, 'EPERM')
  assert.equal(await pending(world), 1)
  assert.equal((await queue.judge(1, 'drop')).error, '0')
})

for (const [what, attributes, error] of [
  ['no header', [], 'EINVAL'],
  ['a header of 7 bytes', [rawAttribute(2, new Uint8Array(7))], 'ERANGE'],
  [
    'a mark of 3 bytes',
    [rawAttribute(2, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1)), rawAttribute(3, new Uint8Array(3))],
    'ERANGE',
  ],
  [
    'a priority of 2 bytes',
    [rawAttribute(2, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1)), rawAttribute(21, new Uint8Array(2))],
    'ERANGE',
  ],
] as const) {
  scenario('F-080', `a verdict with ${what}: ${error}, and the packet stays`, async (world) => {
    const queue = await waiting(world)
    const request = rawMessage({ type: 0x0301, payload: netfilterPayload(7, ...attributes) })
    assert.equal((await queue.socket.ask(request)).error, error)
    assert.equal(await pending(world), 1)
  })
}

for (const number of [2, 6, 255]) {
  scenario('F-080', `verdict ${number}: EINVAL, and the packet stays`, async (world) => {
    const queue = await waiting(world)
    assert.equal((await queue.judge(1, number)).error, 'EINVAL')
    assert.equal(await pending(world), 1)
    assert.equal((await queue.judge(1, 'accept')).error, '0')
    assert.equal((await world.arrivals(1)).length, 1)
  })
}

scenario('F-080', 'a wrong verdict is seen before a wrong id', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(99, 2)).error, 'EINVAL')
})

scenario('F-081', 'a verdict nobody asked about is silent', async (world) => {
  const queue = await waiting(world)
  await queue.socket.send(verdict(7, 1, 'accept'))
  assert.deepEqual(await queue.socket.take(), [])
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-082', 'verdicts come in any order', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(['a', 'b', 'c', 'd'].map((text) => udp('10.1.0.1:1000', '10.1.0.2:7007', text)))
  await queue.packets(4)
  for (const id of [3, 1, 4, 2]) await queue.judge(id, 'accept')
  assert.equal(String.fromCharCode(...last(await world.arrivals(4))), 'cadb')
})

scenario('F-082', 'many verdicts in one datagram', async (world) => {
  const queue = await waiting(world, 100)
  await queue.socket.send(...Array.from({ length: 100 }, (_, i) => verdict(7, i + 1, i % 2 === 0 ? 'accept' : 'drop')))
  assert.deepEqual(await queue.socket.take(), [])
  assert.equal((await world.arrivals(50)).length, 50)
  assert.equal(await pending(world), 0)
})

for (const [name, packet] of [
  ['IPv4', hello],
  ['IPv6', hello6],
] as const) {
  scenario('F-083', `DROP drops ${name}`, async (world) => {
    const queue = await waiting(world, 1, packet)
    assert.equal((await queue.judge(1, 'drop')).error, '0')
    assert.deepEqual(await world.arrivals(0), [])
  })

  scenario('F-083', `ACCEPT lets ${name} pass`, async (world) => {
    const queue = await waiting(world, 1, packet)
    assert.equal((await queue.judge(1, 'accept')).error, '0')
    const [arrived] = await world.arrivals(1)
    assert.deepEqual(arrived!.transport, packet.slice(packet === hello ? 20 : 40))
  })
}

scenario('F-083', "ACCEPT skips the rest of the queueing rule's chain", async (world) => {
  const queue = await waiting(world, 1, hello, dropHere)
  await queue.judge(1, 'accept')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-083', 'ACCEPT goes on with later tables', async (world) => {
  const queue = await waiting(world, 1, hello, dropLater)
  assert.equal((await queue.judge(1, 'accept')).error, '0')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-083', 'ACCEPT goes on with later hooks', async (world) => {
  const queue = await waiting(world, 1, hello, {
    hook: 'input',
    table: 'filter',
    protocol: 'udp',
    action: { kind: 'drop' },
  })
  await queue.judge(1, 'accept')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-083', 'REPEAT runs the hook again', async (world) => {
  const queue = await waiting(world)
  const { error, replies } = await queue.judge(1, 'repeat')
  assert.equal(error, '0')
  assert.deepEqual(
    queuedPackets(replies).map(({ id }) => id),
    [2],
  )
  assert.equal(await pending(world), 1)
})

scenario('F-083', 'REPEAT with a mark that the rule looks at passes', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7, { unlessMark: 5 }))
  await world.emit(hello)
  await queue.packet()
  const { replies } = await queue.judge(1, 'repeat', { mark: 5 })
  assert.equal(replies.length, 0)
  const [arrived] = await world.arrivals(1)
  assert.equal(arrived!.mark, 5)
})

scenario('F-083', 'REPEAT starts with the first rule of the chain', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules({ ...dropHere, ifMark: 9 }, toQueue(7))
  await world.emit(hello)
  await queue.packet()
  await queue.judge(1, 'repeat', { mark: 9 })
  assert.deepEqual(await world.arrivals(0), [])
  assert.equal(await pending(world), 0)
})

scenario('F-083', 'STOP skips all later tables of the hook', async (world) => {
  const queue = await waiting(world, 1, hello, dropLater)
  assert.equal((await queue.judge(1, 'stop')).error, '0')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-083', 'STOP does not skip later hooks', async (world) => {
  const queue = await waiting(world, 1, hello, {
    hook: 'postrouting',
    table: 'mangle',
    protocol: 'udp',
    action: { kind: 'drop' },
  })
  await queue.judge(1, 'stop')
  assert.deepEqual(await world.arrivals(0), [])
})

const moveTo = (number: number, bypass = false): number =>
  ((number << 16) | (bypass ? 0x8000 : 0) | verdicts.queue) >>> 0

scenario('F-083', 'QUEUE moves a packet to another queue, with a new id', async (world) => {
  const queue = await waiting(world, 2)
  const other = await Queue.open(world, 8)
  assert.equal((await queue.judge(2, moveTo(8))).error, '0')
  const moved = await other.packet()
  assert.deepEqual([moved.queue, moved.id], [8, 1])
  assert.deepEqual(moved.payload, hello)
  assert.deepEqual([await pending(world), await pending(world, 8)], [1, 1])
  await other.judge(1, 'accept')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-083', 'QUEUE to the same queue gives a new id', async (world) => {
  const queue = await waiting(world)
  const { replies } = await queue.judge(1, moveTo(7))
  assert.deepEqual(
    queuedPackets(replies).map(({ id }) => id),
    [2],
  )
})

scenario('F-083', 'a moved packet goes on where it was', async (world) => {
  const queue = await waiting(world, 1, hello, dropLater)
  const other = await Queue.open(world, 8)
  await queue.judge(1, moveTo(8))
  await other.packet()
  await other.judge(1, 'accept')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-084', 'QUEUE to a missing queue drops', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(1, moveTo(8))).error, '0')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-084', 'QUEUE to a missing queue with bypass accepts', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(1, moveTo(8, true))).error, '0')
  assert.equal((await world.arrivals(1)).length, 1)
})

for (const number of [0x1_0001, 0x101]) {
  scenario('F-085', `ACCEPT as 0x${number.toString(16)} skips later tables`, async (world) => {
    const queue = await waiting(world, 1, hello, dropLater)
    assert.equal((await queue.judge(1, number)).error, '0')
    assert.equal((await world.arrivals(1)).length, 1)
  })
}

scenario('F-086', 'a packet queued again comes before the acknowledgement', async (world) => {
  const queue = await waiting(world)
  await queue.socket.must(bind(8))
  const { error, replies } = await queue.judge(1, moveTo(8))
  assert.equal(error, '0')
  assert.deepEqual(
    queuedPackets(replies).map((packet) => [packet.queue, packet.id]),
    [[8, 1]],
  )
})

scenario('F-087', 'mark and priority of a verdict are seen in the next queue', async (world) => {
  const queue = await waiting(world)
  const other = await Queue.open(world, 8)
  await queue.judge(1, moveTo(8), { mark: 0x2a, priority: 6 })
  const packet = await other.packet()
  assert.deepEqual([packet.mark, packet.get(nfqa.rows.priority)], [0x2a, 6])
  await other.judge(1, moveTo(7), { mark: 0 })
  assert.equal((await queue.packet()).mark, 0)
})

scenario('F-087', 'the mark of a verdict is seen by later rules', async (world) => {
  const queue = await waiting(world, 2, hello, { ...dropLater, ifMark: 3 })
  await queue.judge(1, 'accept', { mark: 3 })
  await queue.judge(2, 'accept', { mark: 4 })
  assert.deepEqual(
    (await world.arrivals(1)).map(({ mark }) => mark),
    [4],
  )
})

scenario('F-087', 'a verdict without a mark leaves it', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello, { mark: 11 })
  await queue.packet()
  await queue.judge(1, 'accept')
  assert.deepEqual(
    (await world.arrivals(1)).map(({ mark }) => mark),
    [11],
  )
})

for (const [what, text] of [
  ['of the same size', 'HELLO'],
  ['longer', 'hello and much more than that'],
  ['shorter', 'h'],
] as const) {
  scenario('F-088', `a payload ${what} replaces the packet`, async (world) => {
    const queue = await waiting(world)
    const payload = udp('10.1.0.1:1000', '10.1.0.2:7007', text)
    assert.equal((await queue.judge(1, 'accept', { payload })).error, '0')
    assert.deepEqual((await world.arrivals(1))[0]!.transport, payload.slice(20))
  })

  scenario('F-088', `an IPv6 payload ${what} replaces the packet`, async (world) => {
    const queue = await waiting(world, 1, hello6)
    const payload = udp('[fd00::1]:1000', '[fd00::2]:7007', text)
    assert.equal((await queue.judge(1, 'accept', { payload })).error, '0')
    assert.deepEqual((await world.arrivals(1))[0]!.transport, payload.slice(40))
  })
}

scenario('F-088', 'a payload of 60,000 bytes replaces the packet', async (world) => {
  const queue = await waiting(world)
  const payload = udp('10.1.0.1:1000', '10.1.0.2:7007', 'x'.repeat(59_972))
  assert.equal((await queue.judge(1, 'accept', { payload })).error, '0')
  assert.equal((await world.arrivals(1))[0]!.transport.length, 59_980)
})

for (const [what, size] of [
  ['empty', 0],
  ['shorter than the network header', 19],
] as const) {
  scenario('F-088', `a payload that is ${what}: dropped, answer 0`, async (world) => {
    const queue = await waiting(world)
    assert.equal((await queue.judge(1, 'accept', { payload: hello.slice(0, size) })).error, '0')
    assert.deepEqual(await world.arrivals(0), [])
    assert.equal(await pending(world), 0)
  })
}

scenario('F-088', 'a rewritten packet is seen in the next queue', async (world) => {
  const queue = await waiting(world)
  const other = await Queue.open(world, 8)
  const payload = udp('10.1.0.1:1000', '10.1.0.2:7007', 'other')
  await queue.judge(1, moveTo(8), { payload })
  assert.deepEqual((await other.packet()).payload, payload)
})

scenario('F-088', 'a total length that is not the length: checked since 7.2', async (world) => {
  const queue = await waiting(world)
  const payload = Uint8Array.from([...hello, 1, 2, 3, 4])
  assert.equal((await queue.judge(1, 'accept', { payload })).error, '0')
  assert.equal(
    (await world.arrivals(world.profile.validatesPayload ? 0 : 1)).length,
    world.profile.validatesPayload ? 0 : 1,
  )
})

scenario('F-088', 'another time to live is taken', async (world) => {
  const queue = await waiting(world)
  await queue.judge(1, 'accept', { payload: udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello', { ttl: 33 }) })
  assert.equal((await world.arrivals(1))[0]!.header[8], 33)
})

scenario('F-089', 'a wrong checksum stays wrong', async (world) => {
  const queue = await waiting(world)
  const payload = hello.slice()
  payload.set([0x12, 0x34], 26)
  await queue.judge(1, 'accept', { payload })
  assert.deepEqual([...(await world.arrivals(1))[0]!.transport.slice(6, 8)], [0x12, 0x34])
})

scenario('F-090', 'a connection in a verdict without one is ignored', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(1, 'accept', { ct: { mark: 5 } })).error, '0')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-090', 'link-layer attributes outside the bridge are ignored', async (world) => {
  const queue = await waiting(world, 2)
  assert.equal((await queue.judge(1, 'accept', { vlan: { tci: 5 } })).error, '0')
  assert.equal((await queue.judge(2, 'accept', { l2hdr: new Uint8Array(3) })).error, '0')
  assert.equal((await world.arrivals(2)).length, 2)
})

scenario('F-093', 'UNBIND drops what waits', async (world) => {
  const queue = await waiting(world, 3)
  await queue.socket.must(command(7, 'unbind'))
  assert.equal((await world.queues()).size, 0)
  assert.equal((await queue.judge(1, 'accept')).error, 'ENODEV')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-093', 'closing the socket drops what waits', async (world) => {
  const queue = await waiting(world, 3)
  await queue.socket.close()
  assert.deepEqual(await world.arrivals(0), [])
  const other = await Queue.open(world, 7)
  assert.equal((await other.judge(1, 'accept')).error, 'ENOENT')
})

scenario('F-095', 'an interface that goes down drops its packets, and the queue stays', async (world) => {
  const queue = await waiting(world, 2)
  await world.link('loopback', 'down')
  assert.equal(await pending(world), 0)
  assert.equal((await queue.judge(1, 'accept')).error, 'ENOENT')
  await world.link('loopback', 'up')
  await world.emit(hello)
  assert.equal((await queue.packet()).id, 3)
})

scenario('F-096', 'deleting the rule leaves its packets', async (world) => {
  const rule = toQueue(7)
  const queue = await Queue.open(world, 7)
  await world.rules(rule, dropLater)
  await world.emit([hello, hello])
  await queue.packets(2)
  await world.removeRule(rule)
  await world.removeRule(dropLater)
  assert.equal(await pending(world), 2)
  assert.equal((await queue.judge(1, 'accept')).error, '0')
  assert.equal((await queue.judge(2, 'repeat')).error, '0')
  assert.equal((await world.arrivals(2)).length, 2)
})

scenario('F-096', 'a hook that goes drops everything that waits', async (world) => {
  const queue = await waiting(world, 2)
  await world.addHook()
  assert.equal(await pending(world), 2)
  await world.removeHook()
  assert.equal(await pending(world), 0)
  assert.equal((await queue.judge(1, 'accept')).error, 'ENOENT')
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-097', 'another copy mode does not change what waits', async (world) => {
  const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.packet, copyRange: 24 } })
  await world.rules(toQueue(7))
  await world.emit(hello)
  await queue.socket
    .must(config(7, { params: { copyMode: copyMode.meta, copyRange: 0 } }))
    .then((replies) => assert.equal(queuedPackets(replies).length, 1))
  await world.emit(hello)
  assert.ok(!attributesOf(await queue.packet()).includes(nfqa.rows.payload.id))
  await queue.socket.must(config(7, { params: { copyMode: copyMode.none, copyRange: 0 } }))
  for (const id of [1, 2]) assert.equal((await queue.judge(id, 'accept')).error, '0')
  assert.equal((await world.arrivals(2)).length, 2)
})

scenario('F-099', 'balance: both directions, and all ports, to one queue', async (world) => {
  const queues: Queue[] = []
  for (const number of [0, 1, 2, 3]) queues.push(await Queue.open(world, number))
  const balanced: Rule = { hook: 'output', table: 'filter', action: { kind: 'queue', number: 0, last: 3 } }
  await world.rules({ ...balanced, protocol: 'udp' })
  await world.emit([
    udp('10.1.0.1:1000', '10.1.0.2:2000'),
    udp('10.1.0.2:2000', '10.1.0.1:1000'),
    udp('10.1.0.1:5', '10.1.0.2:6'),
    udp('10.1.0.2:77', '10.1.0.1:78'),
  ])
  const counts = []
  for (const { socket } of queues) counts.push((await socket.messages()).length)
  assert.deepEqual(counts.toSorted(), [0, 0, 0, 4])
})

scenario('F-083', 'a TCP segment is judged like any packet', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules({
    hook: 'output',
    table: 'filter',
    protocol: 'tcp',
    port: 80,
    action: { kind: 'queue', number: 7 },
  })
  const packet = tcp('10.1.0.1:1000', '10.1.0.2:80', 'PA', { seq: 1, ack: 1, payload: 'GET / HTTP/1.0' })
  await world.emit(packet)
  await queue.packet()
  await queue.judge(1, 'accept')
  assert.deepEqual((await world.arrivals(1))[0]!.transport, packet.slice(20))
})
