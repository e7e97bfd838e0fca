import assert from 'node:assert/strict'
import { control, messageFlags, messages, u16 } from '@nfkit/netlink-codec'
import { creation } from '../flow.ts'
import type { PlainSocket, Received } from '../plain-socket.ts'
import { command, connection } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { World } from '../world.ts'

const failing = (): Uint8Array => command(7, 'unbind') // 28 bytes, answered by 48
/** Readers with no more room get all parts as the first. */
const firstPart = 3776

/** Flows enough for two parts of a dump. */
const sixty = Array.from({ length: 60 }, (_, i) => `udp 10.1.0.1:${1000 + i} > 10.1.0.2:2000`)
const dumping = connection('get', {}, { family: 0, flags: messageFlags.dump })

async function bound(world: World): Promise<PlainSocket> {
  const socket = await world.plain()
  assert.equal(await socket.bind(0, 0), '0')
  return socket
}

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

/** The next datagram; an error is a failure. */
async function next(socket: PlainSocket, size: number): Promise<Received> {
  const received = await socket.receive(size)
  assert.ok(typeof received !== 'string', `${received}`)
  return received
}

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
    const socket = await amongFlows(world)
    const waiting = 20
    await socket.shrink(waiting * (await chargeOf(world, failing())) + spare)
    await socket.send(dumping)
    for (let i = 0; i < waiting; i++) await socket.send(failing())
    // The first part goes, and the answers stay.
    await next(socket, 4096)
    await socket.send(failing())
    const kinds: string[] = []
    for (let i = 0; i < waiting + 2; i++) kinds.push(kindOf(await next(socket, 4096)))
    assert.deepEqual(kinds.slice(waiting - 1), expected)
  })
}

scenario(
  'F-037',
  'a part of a dump that finds no room beside what waits: ENOBUFS, and it comes later',
  async (world) => {
    const socket = await amongFlows(world)
    // There is room for the first part and an answer, and not for the next part while the answer waits.
    await socket.shrink(7_000)
    await socket.send(dumping)
    await socket.send(failing())
    const found: string[] = []
    let entries = 0
    while (found.at(-1) !== 'done') {
      const received = await socket.receive(16_384)
      found.push(kindOf(received))
      if (typeof received !== 'string' && found.at(-1) === 'part') entries += [...messages(received.bytes)].length
      assert.ok(found.length < 9, `${found}`)
    }
    const refused = world.profile.chargesBeforeCheck ? ['ENOBUFS'] : []
    assert.deepEqual(found, ['part', ...refused, 'answer', 'part', 'done'])
    assert.equal(entries, sixty.length)
  },
)

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
  const asked = 30
  for (let i = 0; i < asked; i++) await socket.send(failing())
  const found: string[] = []
  let entries = 0
  while (found.at(-1) !== 'done' && found.at(-1) !== 'EAGAIN') {
    const received = await socket.receive(firstPart)
    found.push(kindOf(received))
    if (typeof received !== 'string' && found.at(-1) === 'part') entries += [...messages(received.bytes)].length
  }
  assert.equal(found[0], 'ENOBUFS')
  assert.equal(found.at(-1), 'done')
  assert.ok(found.filter((kind) => kind === 'answer').length < asked)
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
