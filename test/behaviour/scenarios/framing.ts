import assert from 'node:assert/strict'
import { control, decodeAck, messageFlags, messageType, u32 } from '@nfkit/netlink-codec'
import { command, config, netfilterPayload, rawAttribute, rawMessage, verdict } from '../request.ts'
import { scenario } from '../scenario.ts'
import { errorOf, type Socket } from '../socket.ts'

/** A request that always succeeds, and does nothing. */
const fine = (sequence = 0, flags = 0): Uint8Array => {
  const request = command(0, 'pfBind')
  request.set([messageFlags.request | flags, 0], 6)
  request.set([sequence & 255, sequence >> 8], 8)
  return request
}
const ack = messageFlags.ack
const configType = messageType.queueConfig.type

/** What a datagram is answered with: `[sequence, error]` of each. */
async function answers(socket: Socket, ...parts: Uint8Array[]): Promise<[number, string][]> {
  await socket.send(...parts)
  return (await socket.messages()).map((message) => [message.sequence, errorOf(message)])
}

scenario('F-001', 'a success is acknowledged by 36 bytes', async (world) => {
  const socket = world.open()
  const request = fine(0x1234, ack)
  request.set([1, 2, 3, 4], 12) // a wrong port id is echoed as it is
  await socket.send(request)
  const [message, ...more] = await socket.messages()
  assert.equal(more.length, 0)
  assert.equal(message!.end - message!.start, 36)
  assert.deepEqual(
    [message!.type, message!.flags, message!.sequence, message!.portId, u32(message!.bytes, 16)],
    [control.error, messageFlags.capped, 0x1234, socket.portId, 0],
  )
  assert.deepEqual(message!.bytes.slice(20, 36), request.slice(0, 16))
})

scenario('F-002', 'a failure is answered without being asked', async (world) => {
  const socket = world.open()
  const request = command(7, 'unbind')
  await socket.send(request)
  const [message] = await socket.messages()
  assert.equal(errorOf(message!), 'ENODEV')
  assert.equal(message!.flags, 0)
})

scenario('F-002', 'a failure repeats the whole request', async (world) => {
  const socket = world.open()
  const request = command(7, 'unbind', { queueMaxlen: 5 })
  await socket.send(request)
  const [message] = await socket.messages()
  assert.equal(message!.end - message!.start, 20 + request.length)
  assert.deepEqual(message!.bytes.slice(20), request)
})

scenario('F-003', 'with CAP_ACK a failure repeats the header only', async (world) => {
  const socket = world.open()
  socket.transport.set('capAck', true)
  const request = command(7, 'unbind')
  await socket.send(request)
  const [message] = await socket.messages()
  assert.equal(message!.end - message!.start, 36)
  assert.equal(message!.flags, messageFlags.capped)
  assert.deepEqual(message!.bytes.slice(20), request.slice(0, 16))
})

scenario('F-004', 'a policy violation says what and where', async (world) => {
  const socket = world.open()
  const short = rawAttribute(3, Uint8Array.of(0))
  const {
    error,
    extended,
    ack: answer,
  } = await socket.ask(rawMessage({ type: configType, payload: netfilterPayload(0, short) }))
  assert.equal(error, 'ERANGE')
  assert.equal(answer.flags & messageFlags.ackTlvs, messageFlags.ackTlvs)
  assert.equal(extended.msg, 'Attribute failed policy validation')
  assert.equal(extended.offs, 20)
  assert.deepEqual(extended.policy, { type: 4, minValueU: 0n, maxValueU: 0xffff_ffffn })
})

scenario('F-004', 'the offset is that of the attribute at fault', async (world) => {
  const socket = world.open()
  const attributes = [rawAttribute(3, Uint8Array.of(0, 0, 0, 1)), rawAttribute(5, Uint8Array.of(1))]
  const { error, extended } = await socket.ask(
    rawMessage({ type: configType, payload: netfilterPayload(0, ...attributes) }),
  )
  assert.equal(error, 'ERANGE')
  assert.equal(extended.offs, 28)
})

scenario('F-004', "a handler's error says nothing more", async (world) => {
  const { error, extended, ack: answer } = await world.open().ask(command(7, 'unbind'))
  assert.equal(error, 'ENODEV')
  assert.deepEqual(extended, {})
  assert.equal(answer.flags, 0)
})

scenario('F-004', 'without EXT_ACK nothing is said', async (world) => {
  const socket = world.open()
  socket.transport.set('extendedAck', false)
  const short = rawAttribute(3, Uint8Array.of(0))
  const { error, ack: answer } = await socket.ask(rawMessage({ type: configType, payload: netfilterPayload(0, short) }))
  assert.equal(error, 'ERANGE')
  assert.equal(answer.flags, 0)
})

for (const [what, rest] of [
  ['three trailing bytes', Uint8Array.of(1, 2, 3)],
  ['an attribute shorter than its header', rawAttribute(3, Uint8Array.of(0, 0, 0, 0), 3)],
  ['an attribute longer than the message', rawAttribute(3, Uint8Array.of(0, 0, 0, 0), 40)],
] as const) {
  scenario('F-005', `${what}: ignored with a warning`, async (world) => {
    const socket = world.open()
    const attribute = rawAttribute(1, Uint8Array.of(3, 0, 0, 0))
    const payload = netfilterPayload(0, attribute, rest)
    const { error, extended } = await socket.ask(rawMessage({ type: configType, payload }))
    assert.equal(error, '0')
    assert.equal(extended.msg, 'bytes leftover after parsing attributes')
  })
}

scenario('F-006', 'a success that nobody asked about is silent', async (world) => {
  assert.deepEqual(await answers(world.open(), fine(5)), [])
})

scenario('F-007', 'without REQUEST nothing happens', async (world) => {
  const socket = world.open()
  const request = command(7, 'bind')
  request.set([0, 0], 6)
  assert.deepEqual(await answers(socket, request), [])
  assert.equal((await world.queues()).size, 0)
})

scenario('F-007', 'without REQUEST an acknowledgement is given all the same', async (world) => {
  const socket = world.open()
  const request = command(7, 'unbind') // would fail
  request.set([ack, 0], 6)
  request.set([9], 8)
  assert.deepEqual(await answers(socket, request), [[9, '0']])
})

scenario('F-008', "netlink's own types do nothing", async (world) => {
  const socket = world.open()
  const types = Array.from({ length: 15 }, (_, i) => i + 1)
  const silent = types.map((type) => rawMessage({ type, payload: netfilterPayload(0) }))
  assert.deepEqual(await answers(socket, ...silent), [])
  const asked = types.map((type) => rawMessage({ type, sequence: type, flags: messageFlags.request | ack }))
  assert.deepEqual(
    await answers(socket, ...asked),
    types.map((type) => [type, '0']),
  )
})

for (const length of [16, 17, 19]) {
  scenario('F-009', `a request of ${length} bytes succeeds`, async (world) => {
    const socket = world.open()
    const payload = new Uint8Array(length - 16)
    assert.deepEqual(await answers(socket, rawMessage({ type: configType, payload })), [])
    const asked = rawMessage({ type: configType, payload, sequence: 3, flags: messageFlags.request | ack })
    assert.deepEqual(await answers(socket, asked), [[3, '0']])
  })
}

for (const length of [0, 15, 200]) {
  scenario('F-010', `a first message that says it has ${length} bytes: nothing`, async (world) => {
    const socket = world.open()
    const broken = rawMessage({
      type: configType,
      length,
      flags: messageFlags.request | ack,
      payload: netfilterPayload(0),
    })
    assert.deepEqual(await answers(socket, broken), [])
  })
}

scenario('F-010', 'a datagram shorter than a header: nothing', async (world) => {
  const socket = world.open()
  assert.deepEqual(await answers(socket, new Uint8Array(12)), [])
})

scenario('F-011', 'messages of one datagram are answered one by one, in order', async (world) => {
  const socket = world.open()
  const failing = command(7, 'unbind')
  failing.set([2], 8)
  assert.deepEqual(await answers(socket, fine(1, ack), failing, fine(3), fine(4, ack)), [
    [1, '0'],
    [2, 'ENODEV'],
    [4, '0'],
  ])
})

scenario('F-011', 'each answer is a datagram of its own', async (world) => {
  const socket = world.open()
  await socket.send(fine(1, ack), fine(2, ack), fine(3, ack))
  const items = await socket.take()
  assert.deepEqual(
    items.map((item) => item.length),
    [36, 36, 36],
  )
})

for (const length of [8, 400]) {
  scenario('F-011', `a length of ${length} in the middle discards the rest`, async (world) => {
    const socket = world.open()
    const broken = rawMessage({ type: configType, length, payload: netfilterPayload(0) })
    assert.deepEqual(await answers(socket, fine(1, ack), broken, fine(3, ack)), [[1, '0']])
  })
}

scenario('F-011', 'the last message needs no padding', async (world) => {
  const socket = world.open()
  const request = rawMessage({
    type: configType,
    sequence: 4,
    flags: messageFlags.request | ack,
    payload: netfilterPayload(0, Uint8Array.of(1)),
  })
  assert.deepEqual(await answers(socket, fine(1, ack), request.subarray(0, 21)), [
    [1, '0'],
    [4, 'ENODEV'],
  ])
})

scenario('F-012', 'a datagram is answered before the next one', async (world) => {
  const socket = world.open()
  const failing = command(7, 'unbind')
  failing.set([2], 8)
  await socket.send(fine(1, ack), failing)
  await socket.send(fine(3, ack))
  const sequences = (await socket.messages()).map(({ sequence }) => sequence)
  assert.deepEqual(sequences, [1, 2, 3])
})

for (const [what, type] of [
  ['an unknown subsystem', 0x0d00],
  ['subsystem 0', 0x0012],
  ['an unknown message of the queues', 0x0304],
  ['an unknown message of connection tracking', 0x0108],
  ['an unknown message of expectations', 0x0204],
] as const) {
  scenario('F-013', `${what}: EINVAL`, async (world) => {
    const { error } = await world.open().ask(rawMessage({ type, payload: netfilterPayload(0) }))
    assert.equal(error, 'EINVAL')
  })
}

const maxlen = (value: number) => rawAttribute(3, Uint8Array.of(0, 0, 0, value))
const queueMessage = (queue: number, ...attributes: Uint8Array[]) =>
  rawMessage({ type: configType, payload: netfilterPayload(queue, ...attributes) })

scenario('F-014', 'unknown attributes are ignored', async (world) => {
  const socket = world.open()
  await socket.must(
    queueMessage(
      7,
      rawAttribute(1, Uint8Array.of(1, 0, 0, 0)),
      rawAttribute(99, new Uint8Array(20)),
      rawAttribute(0, new Uint8Array(4)),
    ),
  )
  assert.equal((await world.queues()).size, 1)
})

scenario('F-014', 'of two attributes of a kind the last counts', async (world) => {
  const socket = world.open()
  const nothing = rawAttribute(1, Uint8Array.of(9, 0, 0, 0))
  await socket.must(queueMessage(7, nothing, rawAttribute(1, Uint8Array.of(1, 0, 0, 0))))
  assert.equal((await world.queues()).size, 1)
})

for (const [what, bit] of [
  ['NESTED', 0x8000],
  ['NET_BYTEORDER', 0x4000],
] as const) {
  scenario('F-014', `the bit ${what} on a number is ignored`, async (world) => {
    const socket = world.open()
    await socket.must(
      queueMessage(
        7,
        rawAttribute(1 | bit, Uint8Array.of(1, 0, 0, 0)),
        rawAttribute(3 | bit, Uint8Array.of(0, 0, 1, 0)),
      ),
    )
    assert.equal((await world.queues()).size, 1)
  })
}

scenario('F-015', 'a number longer than needed is accepted', async (world) => {
  const socket = world.open()
  await socket.must(
    queueMessage(
      7,
      rawAttribute(1, Uint8Array.of(1, 0, 0, 0, 9, 9, 9, 9)),
      rawAttribute(3, Uint8Array.of(0, 0, 0, 5, 1, 1)),
    ),
  )
  assert.equal((await world.queues()).size, 1)
})

for (const [what, id, size] of [
  ['CMD', 1, 3],
  ['PARAMS', 2, 4],
  ['QUEUE_MAXLEN', 3, 3],
  ['MASK', 4, 0],
  ['FLAGS', 5, 2],
] as const) {
  scenario('F-015', `${what} of ${size} bytes: ERANGE`, async (world) => {
    const { error } = await world.open().ask(queueMessage(7, rawAttribute(id, new Uint8Array(size))))
    assert.equal(error, 'ERANGE')
  })
}

scenario('F-015', 'a short attribute is refused before anything is done', async (world) => {
  const socket = world.open()
  const bad = rawAttribute(5, Uint8Array.of(0))
  assert.equal(
    (await socket.ask(queueMessage(7, rawAttribute(1, Uint8Array.of(1, 0, 0, 0)), maxlen(3), bad))).error,
    'ERANGE',
  )
  assert.equal((await world.queues()).size, 0)
})

scenario('F-016', 'version and family do not matter to a queue', async (world) => {
  const socket = world.open()
  await socket.must(config(7, { cmd: { command: 1, pf: 77 } }, { version: 9, family: 200 }))
  const judged = verdict(7, 1, 'accept')
  judged.set([33, 7], 16)
  assert.equal((await socket.ask(judged)).error, 'ENOENT')
})

scenario('F-018', 'a batch of the queues is refused as a whole', async (world) => {
  const socket = world.open()
  const begin = rawMessage({ type: 0x10, sequence: 1, flags: messageFlags.request | ack, payload: netfilterPayload(3) })
  assert.deepEqual(
    await answers(socket, begin, fine(2, ack), rawMessage({ type: 0x11, payload: netfilterPayload(3) })),
    [[1, 'EOPNOTSUPP']],
  )
})

for (const subsystem of [1, 2]) {
  scenario('F-018', `a batch of subsystem ${subsystem} is refused as a whole`, async (world) => {
    const begin = rawMessage({ type: 0x10, sequence: 1, payload: netfilterPayload(subsystem) })
    assert.deepEqual(await answers(world.open(), begin, fine(2, ack)), [[1, 'EOPNOTSUPP']])
  })
}

scenario('F-018', 'a batch of no subsystem: EINVAL', async (world) => {
  const begin = rawMessage({ type: 0x10, sequence: 1, payload: netfilterPayload(13) })
  assert.deepEqual(await answers(world.open(), begin, fine(2, ack)), [[1, 'EINVAL']])
})

scenario('F-026', 'an empty datagram: ENODATA', async (world) => {
  await assert.rejects(world.open().send(), { code: 'ENODATA' })
})

scenario('F-026', 'a datagram above the send limit: EMSGSIZE, and nothing is done', async (world) => {
  const socket = world.open()
  const datagram = new Uint8Array(socket.transport.sendLimit + 1)
  datagram.set(fine(1, ack))
  await assert.rejects(socket.send(datagram), { code: 'EMSGSIZE' })
  assert.deepEqual(await socket.take(), [])
})

scenario('F-026', 'a datagram of the send limit is taken', async (world) => {
  const socket = world.open()
  const count = Math.floor(socket.transport.sendLimit / fine().length)
  await socket.send(
    ...Array.from({ length: count }, (_, i) => fine(i === count - 1 ? 99 : 0, i === count - 1 ? ack : 0)),
  )
  const found = await socket.messages()
  assert.deepEqual(
    found.map((message) => [message.sequence, decodeAck(message).errno]),
    [[99, 0]],
  )
})

scenario('F-027', 'sockets of one process have different port ids', async (world) => {
  const ports = [world.open(), world.open(), world.open()].map(({ portId }) => portId)
  assert.equal(new Set(ports).size, 3)
  assert.ok(ports.filter((port) => port >= 0x8000_0000 && port <= 0xffff_efff).length >= 2, `${ports}`)
})

for (const group of [0, 33]) {
  scenario('F-029', `there is no group ${group}: EINVAL`, async (world) => {
    assert.equal(await world.open().join(group), 'EINVAL')
  })
}

scenario('F-029', 'groups up to 32 can be joined and left', async (world) => {
  const socket = world.open()
  for (const group of [1, 9, 32]) {
    assert.equal(await socket.join(group), '0')
    socket.transport.leave(group)
  }
})

scenario('F-036', 'a receive buffer has the size that was granted', async (world) => {
  const { transport } = world.open()
  assert.equal(transport.resize({ receive: 10_000 }).receive, 10_000)
  assert.equal(transport.counters().receiveBuffer, 10_000)
})
