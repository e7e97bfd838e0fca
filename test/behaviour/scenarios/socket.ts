import assert from 'node:assert/strict'
import { control, messageFlags, messages, u16, u32 } from '@nfkit/netlink-codec'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { creation } from '../flow.ts'
import { udp } from '../packet.ts'
import type { PlainSocket, Received } from '../plain-socket.ts'
import { toQueue } from '../queue.ts'
import { bind, command, connection } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { World } from '../world.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const failing = (): Uint8Array => command(7, 'unbind') // 28 bytes, answered by 48
/** Readers with no more room get all parts as the first. */
const firstPart = 3776
const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'

async function bound(world: World, groups = 0): Promise<PlainSocket> {
  const socket = await world.plain()
  assert.equal(await socket.bind(0, groups), '0')
  return socket
}

/** The next datagram; an error is a failure. */
async function next(socket: PlainSocket, size?: number): Promise<Received> {
  const received = await socket.receive(size)
  assert.ok(typeof received !== 'string', `${received}`)
  return received
}

const idOf = ({ bytes }: Received): number => new QueuedPacket(bytes, 0, bytes.length).id

/** Read everything: ids of packets, names of errors. */
async function readAll(socket: PlainSocket): Promise<(number | string)[]> {
  const found: (number | string)[] = []
  for (;;) {
    const received = await socket.receive()
    if (received === 'EAGAIN') return found
    found.push(typeof received === 'string' ? received : idOf(received))
  }
}

/** A bound queue whose owner has room for few packets. */
async function owner(world: World): Promise<PlainSocket> {
  const socket = await bound(world)
  await socket.send(bind(7))
  await socket.shrink(2500)
  await world.rules(toQueue(7))
  return socket
}

scenario('F-012', 'answers are readable when send returns', async (world) => {
  const socket = await bound(world)
  assert.equal(await socket.send(Uint8Array.from([...failing(), ...failing()])), '0')
  for (let i = 0; i < 2; i++) assert.equal(u16((await next(socket)).bytes, 4), control.error)
  assert.equal(await socket.receive(), 'EAGAIN')
})

scenario('F-025', 'a buffer too small loses the rest', async (world) => {
  const socket = await bound(world)
  await socket.send(failing())
  const { bytes, truncated } = await next(socket, 20)
  assert.deepEqual([bytes.length, truncated, u32(bytes, 0)], [20, true, 48])
  assert.equal(await socket.receive(), 'EAGAIN')
})

scenario('F-025', 'a buffer as large as the datagram does not', async (world) => {
  const socket = await bound(world)
  await socket.send(failing())
  const { bytes, truncated } = await next(socket, 48)
  assert.deepEqual([bytes.length, truncated], [48, false])
})

scenario('F-027', 'a socket is bound by what it sends first, and to no group', async (world) => {
  const socket = await world.plain()
  assert.equal(await socket.portId(), 0)
  await socket.send(failing())
  assert.notEqual(await socket.portId(), 0)
  assert.equal(u32((await next(socket)).bytes, 12), await socket.portId())
  await socket.send(creation(one))
  assert.equal(await socket.receive(), 'EAGAIN')
})

scenario('F-027', 'a port id of one’s own, which nobody else can have: EADDRINUSE', async (world) => {
  const [first, second] = [await world.plain(), await world.plain()]
  assert.equal(await first.bind(0x12_3456, 0), '0')
  assert.equal(await first.portId(), 0x12_3456)
  assert.equal(await second.bind(0x12_3456, 0), 'EADDRINUSE')
  await first.close()
  assert.equal(await second.bind(0x12_3456, 0), '0')
})

scenario('F-027', 'the second socket of a process gets a large port id', async (world) => {
  const ports = []
  for (let i = 0; i < 3; i++) ports.push(await (await bound(world)).portId())
  assert.equal(new Set(ports).size, 3)
  assert.ok(
    ports.slice(1).every((port) => port >= 0x8000_0000 && port <= 0xffff_efff),
    `${ports}`,
  )
})

scenario('F-028', 'answers come from port 0 and no group', async (world) => {
  const socket = await bound(world)
  await socket.send(failing())
  const { from, groups } = await next(socket)
  assert.deepEqual([from, groups], [0, 0])
})

scenario('F-028', 'events come from port 0 and their group', async (world) => {
  const socket = await bound(world, 0b101)
  await socket.send(creation(one))
  await socket.send(connection('delete', {}, { family: 0 }))
  const [made, gone] = [await next(socket), await next(socket)]
  assert.deepEqual(
    [made.from, made.groups, gone.from, gone.groups],
    [0, 1 << (group.conntrackNew - 1), 0, 1 << (group.conntrackDestroy - 1)],
  )
})

scenario('F-028', 'what another process sends comes from its port', async (world) => {
  const [first, second] = [await bound(world), await bound(world)]
  assert.equal(await first.send(Uint8Array.of(1, 2, 3, 4), await second.portId()), '0')
  const { bytes, from, groups } = await next(second)
  assert.deepEqual([[...bytes], from, groups], [[1, 2, 3, 4], await first.portId(), 0])
  assert.equal(await first.send(Uint8Array.of(1), 0x12_3456), 'ECONNREFUSED')
})

scenario('F-029', 'binding again with the same port replaces the groups', async (world) => {
  const socket = await bound(world, 1 << (group.conntrackNew - 1))
  assert.equal(await socket.bind(await socket.portId(), 1 << (group.conntrackDestroy - 1)), '0')
  await socket.send(creation(one))
  await socket.send(connection('delete', {}, { family: 0 }))
  assert.equal((await next(socket)).groups, 1 << (group.conntrackDestroy - 1))
  assert.equal(await socket.receive(), 'EAGAIN')
})

for (const [what, port] of [
  ['another port', 0x12_3456],
  ['port 0', 0],
] as const) {
  scenario('F-029', `binding again with ${what}: EINVAL`, async (world) => {
    const socket = await bound(world)
    assert.equal(await socket.bind(port, 0), 'EINVAL')
  })
}

scenario('F-017', 'without CAP_NET_ADMIN a socket is bound, but to no group: EPERM', async (world) => {
  const socket = await world.plain({ privileged: false })
  assert.equal(await socket.bind(0, 1), 'EPERM')
  assert.equal(await socket.bind(0, 0), '0')
})

scenario('F-030', 'ENOBUFS once, then what waits, then nothing', async (world) => {
  const socket = await owner(world)
  await world.emit(Array.from({ length: 20 }, () => hello))
  const [first, ...rest] = await readAll(socket)
  assert.equal(first, 'ENOBUFS')
  assert.ok(rest.length > 1 && rest.length < 20)
  assert.deepEqual(
    rest,
    rest.map((_, i) => i + 1),
  )
})

scenario('F-031', 'what comes before everything is read is lost', async (world) => {
  const socket = await owner(world)
  await world.emit(Array.from({ length: 20 }, () => hello))
  assert.equal(await socket.receive(), 'ENOBUFS')
  assert.equal(idOf(await next(socket)), 1)
  await world.emit(hello) // there is room for it now
  const rest = await readAll(socket)
  assert.ok(!rest.includes(21) && !rest.includes('ENOBUFS'), `${rest}`)
  await world.emit(hello)
  assert.deepEqual(await readAll(socket), [22])
})

scenario('F-034', 'poll says POLLERR and POLLIN while ENOBUFS waits', async (world) => {
  const socket = await owner(world)
  assert.deepEqual(await socket.poll(), { readable: false, error: false })
  await world.emit(hello)
  assert.deepEqual(await socket.poll(), { readable: true, error: false })
  await world.emit(Array.from({ length: 20 }, () => hello))
  assert.deepEqual(await socket.poll(), { readable: true, error: true })
  assert.equal(await socket.receive(), 'ENOBUFS')
  assert.deepEqual(await socket.poll(), { readable: true, error: false })
  await readAll(socket)
  assert.deepEqual(await socket.poll(), { readable: false, error: false })
})

scenario('F-036', 'SO_RCVBUF says twice what was asked for', async (world) => {
  const socket = await world.plain()
  assert.equal(await socket.shrink(20_000), 40_000)
  assert.equal(await socket.shrink(1), 2304)
})

scenario('F-024', 'a reader with a small buffer gets small parts', async (world) => {
  const socket = await bound(world)
  const flows = Array.from({ length: 60 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
  for (const flow of flows) await socket.send(creation(flow))
  const request = connection('get', {}, { family: 0, flags: messageFlags.dump })
  await socket.send(request)
  const sizes: number[] = []
  for (;;) {
    const { bytes, truncated } = await next(socket, 4096)
    assert.equal(truncated, false)
    if (u16(bytes, 4) === control.done) break
    sizes.push(bytes.length)
  }
  assert.ok(sizes.length >= 3 && sizes.every((size) => size <= 4096), `${sizes}`)
  assert.ok(sizes[0]! <= 3776)
})

scenario('F-024', 'the largest buffer that was read into counts, not the last', async (world) => {
  const socket = await bound(world)
  const flows = Array.from({ length: 60 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
  for (const flow of flows) await socket.send(creation(flow))
  for (const size of [16_384, 64]) {
    await socket.send(failing())
    await next(socket, size)
  }
  await socket.send(connection('get', {}, { family: 0, flags: messageFlags.dump }))
  const { bytes } = await next(socket)
  assert.ok(bytes.length > 3776 && bytes.length <= 16_384, `${bytes.length}`)
})

/** What the answer to a request, or the first part of one, is charged for in a receive buffer. */
async function chargeOf(world: World, request: Uint8Array): Promise<number> {
  const socket = world.open()
  socket.transport.pause()
  await socket.send(request)
  return socket.transport.counters().receiveQueued
}

for (const [what, spare, expected] of [
  ['half of the buffer', 0, ['answer', 'part', 'answer']],
  ['less than half of it', -1, ['answer', 'answer', 'part']],
] as const) {
  scenario('F-037', `a dump whose reader has ${what} free`, async (world) => {
    const socket = await bound(world)
    const flows = Array.from({ length: 60 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
    for (const flow of flows) await socket.send(creation(flow))
    const waiting = 20
    await socket.shrink(waiting * (await chargeOf(world, failing())) + spare)
    await socket.send(connection('get', {}, { family: 0, flags: messageFlags.dump }))
    for (let i = 0; i < waiting; i++) await socket.send(failing())
    // The first part goes, and the answers stay.
    await next(socket, 4096)
    await socket.send(failing())
    const kinds: string[] = []
    for (let i = 0; i < waiting + 2; i++)
      kinds.push(u16((await next(socket, 4096)).bytes, 4) === control.error ? 'answer' : 'part')
    assert.deepEqual(kinds.slice(waiting - 1), expected)
  })
}

scenario(
  'F-037',
  'a part of a dump that finds no room beside what waits: ENOBUFS, and it comes later',
  async (world) => {
    const socket = await bound(world)
    const flows = Array.from({ length: 60 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
    for (const flow of flows) await socket.send(creation(flow))
    // There is room for the first part and an answer, and not for the next part while the answer waits.
    await socket.shrink(7_000)
    await socket.send(connection('get', {}, { family: 0, flags: messageFlags.dump }))
    await socket.send(failing())
    const found: string[] = []
    let entries = 0
    while (found.at(-1) !== 'done') {
      const received = await socket.receive(16_384)
      const type = typeof received === 'string' ? undefined : u16(received.bytes, 4)
      if (typeof received === 'string') found.push(received)
      else if (type === control.done || type === control.error) found.push(type === control.done ? 'done' : 'answer')
      else {
        found.push('part')
        entries += [...messages(received.bytes)].length
      }
      assert.ok(found.length < 9, `${found}`)
    }
    const refused = world.profile.chargesBeforeCheck ? ['ENOBUFS'] : []
    assert.deepEqual(found, ['part', ...refused, 'answer', 'part', 'done'])
    assert.equal(entries, flows.length)
  },
)

/** Flows enough for two parts of a dump. */
const sixty = Array.from({ length: 60 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
const dumping = connection('get', {}, { family: 0, flags: messageFlags.dump })

/** A socket of a world that tracks sixty flows. */
async function amongFlows(world: World): Promise<PlainSocket> {
  const socket = await bound(world)
  for (const flow of sixty) await socket.send(creation(flow))
  return socket
}

const kindOf = (received: Received | string): string => {
  if (typeof received === 'string') return received
  const type = u16(received.bytes, 4)
  return type === control.done ? 'done' : type === control.error ? 'answer' : 'part'
}

const isOfDump = (kind: string): boolean => kind === 'part' || kind === 'done'

for (const [what, spare, fits] of [
  ['would fill the buffer finds no room', 0, false],
  ['would nearly fill the buffer finds room', 2, true],
] as const) {
  scenario('F-037', `a part of a dump that ${what}`, async (world) => {
    const socket = await amongFlows(world)
    const charge = (await chargeOf(world, failing())) + (await chargeOf(world, dumping))
    assert.equal(await socket.shrink((charge + spare) / 2), charge + spare)
    await socket.send(dumping)
    await socket.send(failing())
    const found: string[] = []
    for (let i = 0; i < 2; i++) found.push(kindOf(await socket.receive(firstPart)))
    assert.deepEqual(found, ['part', fits || !world.profile.chargesBeforeCheck ? 'answer' : 'ENOBUFS'])
  })
}

scenario('F-037', 'a dump goes on though its reader is congested', async (world) => {
  const socket = await amongFlows(world)
  await socket.shrink(7_000)
  await socket.send(dumping)
  for (let i = 0; i < 30; i++) await socket.send(failing())
  const found: string[] = []
  let entries = 0
  for (let answers = 0; found.at(-1) !== 'EAGAIN'; ) {
    const received = await socket.receive(firstPart)
    found.push(kindOf(received))
    if (found.at(-1) === 'answer') answers++
    if (typeof received !== 'string' && found.at(-1) === 'part') entries += [...messages(received.bytes)].length
    // Nothing else is accepted meanwhile.
    if (found.at(-1) === 'part' && answers === 0) await socket.send(failing())
  }
  assert.equal(found[0], 'ENOBUFS')
  assert.deepEqual(found.filter(isOfDump), ['part', 'part', 'done'])
  assert.ok(found.filter((kind) => kind === 'answer').length < 30)
  assert.equal(entries, sixty.length)
})

scenario(
  'F-037',
  'a dump that is asked for where nothing fits begins when half of the buffer is free',
  async (world) => {
    const socket = await amongFlows(world)
    await socket.shrink(2_500)
    for (let i = 0; i < 30; i++) await socket.send(failing())
    await socket.send(dumping)
    // What goes before the dump begins is not in it.
    await (await bound(world)).send(connection('delete', {}, { family: 0 }))
    const found: string[] = []
    while (found.at(-1) !== 'EAGAIN') found.push(kindOf(await socket.receive()))
    assert.equal(found[0], 'ENOBUFS')
    assert.deepEqual(found.filter(isOfDump), ['done'])
  },
)

scenario('F-094', 'one of two descriptors is closed: nothing changes', async (world) => {
  const socket = await bound(world)
  await socket.send(bind(7))
  await world.rules(toQueue(7))
  await world.emit(hello)
  const other = await socket.duplicate()
  await socket.close()
  assert.deepEqual((await world.queues()).get(7)?.slice(0, 3), [7, await other.portId(), 1])
  assert.equal(idOf(await next(other)), 1)
  await other.close()
  assert.equal((await world.queues()).size, 0)
})
