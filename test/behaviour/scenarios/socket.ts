import assert from 'node:assert/strict'
import { control, messageFlags, u16, u32 } from '@nfkit/netlink-codec'
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
