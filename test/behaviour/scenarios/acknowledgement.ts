import assert from 'node:assert/strict'
import { control, messageFlags, u32 } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { command, fine, netfilterPayload, rawAttribute, rawMessage } from '../request.ts'
import { scenario } from '../scenario.ts'
import { answers, errorOf } from '../socket.ts'

const ack = messageFlags.ack
const configType = nfqueueMessage.config.type

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
