import assert from 'node:assert/strict'
import { ipProtocol } from '@nfkit/inet'
import { be32 } from '@nfkit/inet/bytes'
import { decode, encodeAttrs, type Message, messageFlags } from '@nfkit/netlink-codec'
import {
  genericProtocol,
  type TimeoutPolicyAttrs,
  timeoutMessage,
  timeoutPolicy,
  timeoutUdp,
} from '@nfkit/netlink-codec/conntrack'
import { encodeMessage, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import type { Profile } from '../profile.ts'
import { scenario } from '../scenario.ts'

const request = (what: keyof typeof timeoutMessage, value: TimeoutPolicyAttrs, flags = 0): Uint8Array =>
  encodeMessage(
    { type: timeoutMessage[what].type, flags: messageFlags.request | flags, family: 2 },
    timeoutPolicy,
    value,
  )

const data = { unreplied: 5, replied: 50 }
const udp: TimeoutPolicyAttrs = { name: 'behaviour', l3proto: 2, l4proto: ipProtocol.udp }
/** The same with its timeouts. */
const whole = (value: TimeoutPolicyAttrs, timeouts: TimeoutPolicyAttrs['data'] = data, flags = 0): Uint8Array =>
  request('new', { ...value, data: timeouts }, flags)
const read = ({ bytes, start, end }: Message): TimeoutPolicyAttrs => decode(timeoutPolicy, bytes, start + 20, end)
const { exclusive, replace } = messageFlags

scenario('F-155', 'a policy is made, found, listed and deleted', async (world) => {
  const socket = world.open()
  await socket.must(whole(udp))
  const [message] = await socket.must(request('get', { name: 'behaviour' }))
  assert.deepEqual(
    [message!.type, [...netfilterOf(message!).attrs.list()].map(({ id }) => id)],
    [timeoutMessage.new.type, [1, 2, 3, 5, 4]],
  )
  const found = read(message!)
  assert.deepEqual([found.name, found.l3proto, found.l4proto, found.use], ['behaviour', 2, ipProtocol.udp, 1])
  assert.deepEqual(found.data, { unreplied: 5, replied: 50 })
  const { entries } = await socket.dump(request('get', {}))
  assert.deepEqual(
    entries.map((one) => read(one).name),
    ['behaviour'],
  )
  await socket.must(request('delete', { name: 'behaviour' }))
  assert.equal((await socket.ask(request('get', { name: 'behaviour' }))).error, 'ENOENT')
})

scenario('F-155', 'a name that exists: EEXIST with EXCL, EBUSY without, updated with REPLACE', async (world) => {
  const socket = world.open()
  await socket.must(whole(udp))
  assert.equal((await socket.ask(whole(udp, data, exclusive))).error, 'EEXIST')
  assert.equal((await socket.ask(whole(udp))).error, 'EBUSY')
  await socket.must(whole(udp, { unreplied: 6, replied: 60 }, replace))
  const [message] = await socket.must(request('get', { name: 'behaviour' }))
  assert.deepEqual(read(message!).data, { unreplied: 6, replied: 60 })
  assert.equal((await socket.ask(whole({ ...udp, l4proto: ipProtocol.tcp }, { close: 5 }, replace))).error, 'EINVAL')
  await socket.must(request('delete', {}))
  assert.equal((await socket.ask(request('get', { name: 'behaviour' }))).error, 'ENOENT')
})

scenario('F-155', 'a policy must be complete: EINVAL', async (world) => {
  const socket = world.open()
  // Without a protocol the timeouts have no table: they are bytes.
  const bytes = { id: timeoutPolicy.rows.data.id, bytes: encodeAttrs(timeoutUdp, data) }
  for (const incomplete of [
    whole({ ...udp, name: undefined }),
    whole({ ...udp, l3proto: undefined }),
    request('new', { ...udp, l4proto: undefined, unknown: [bytes] }),
  ])
    assert.equal((await socket.ask(incomplete)).error, 'EINVAL')
  assert.equal((await socket.ask(request('new', udp))).error, 'EINVAL')
})

scenario('F-155', 'a lookup without a name: EINVAL; of nothing: ENOENT', async (world) => {
  const socket = world.open()
  assert.equal((await socket.ask(request('get', {}))).error, 'EINVAL')
  assert.equal((await socket.ask(request('get', { name: 'nothing' }))).error, 'ENOENT')
  assert.equal((await socket.ask(request('delete', { name: 'nothing' }))).error, 'ENOENT')
})

scenario('F-156', 'defaults are told as if they had been set', async (world) => {
  const socket = world.open()
  const [message] = await socket.must(request('defaultGet', { l3proto: 2, l4proto: ipProtocol.udp }))
  assert.equal(message!.type, 0x0803)
  assert.deepEqual(
    [...netfilterOf(message!).attrs.list()].map(({ id }) => id),
    [2, 3, 4],
  )
  assert.deepEqual(read(message!).data, { unreplied: 30, replied: 120 })
})

const dccpTimeouts = [240, 480, 480, 43_200, 64, 64, 240]
/** What net.netfilter.nf_conntrack_*_timeout_* start with, by attribute id. */
const defaultsOf = ({
  sctpEstablishedSeconds,
  udplite,
  dccp,
}: Profile): readonly (readonly [number, readonly number[]])[] => [
  [ipProtocol.tcp, [120, 60, 432_000, 120, 60, 30, 120, 10, 120, 300, 300]],
  [ipProtocol.udp, [30, 120]],
  [ipProtocol.icmp, [30]],
  [ipProtocol.icmpv6, [30]],
  [ipProtocol.gre, [30, 180]],
  [ipProtocol.sctp, [10, 3, 3, sctpEstablishedSeconds, 3, 3, 3, 30]],
  [genericProtocol, [600]],
  ...(udplite ? ([[ipProtocol.udplite, [30, 120]]] as const) : []),
  ...(dccp ? ([[ipProtocol.dccp, dccpTimeouts]] as const) : []),
]

scenario('F-156', 'every protocol has its defaults', async (world) => {
  const socket = world.open()
  for (const [l4proto, seconds] of defaultsOf(world.profile)) {
    const [message] = await socket.must(request('defaultGet', { l3proto: 2, l4proto }))
    const data = netfilterOf(message!).attrs.nest(timeoutPolicy.rows.data)!
    const found = [...data.list()].map(({ bytes }) => be32(bytes, 0))
    assert.deepEqual(found.slice(0, seconds.length), seconds, `protocol ${l4proto}`)
  }
})

scenario('F-156', 'defaults are set', async (world) => {
  const socket = world.open()
  const set = (unreplied: number, replied: number) =>
    request('defaultSet', { l3proto: 2, l4proto: ipProtocol.udp, data: { unreplied, replied } })
  await socket.must(set(7, 70))
  const [message] = await socket.must(request('defaultGet', { l3proto: 2, l4proto: ipProtocol.udp }))
  await socket.must(set(30, 120))
  assert.deepEqual(read(message!).data, { unreplied: 7, replied: 70 })
})

scenario('F-156', 'the defaults of UDP are those of UDP-Lite, where that is tracked', async (world) => {
  const socket = world.open()
  const of = { l3proto: 2, l4proto: ipProtocol.udplite }
  await socket.must(request('defaultSet', { ...of, l4proto: ipProtocol.udp, data: { unreplied: 7, replied: 70 } }))
  const { error, replies } = await socket.ask(request('defaultGet', of))
  await socket.must(request('defaultSet', { ...of, l4proto: ipProtocol.udp, data: { unreplied: 30, replied: 120 } }))
  if (world.profile.udplite) assert.deepEqual(read(replies[0]!).data, { unreplied: 7, replied: 70 })
  else assert.equal(error, 'EOPNOTSUPP')
})

scenario('F-156', 'defaults of what: EINVAL', async (world) => {
  assert.equal((await world.open().ask(request('defaultGet', { l3proto: 2 }))).error, 'EINVAL')
})

scenario('F-155', 'a policy for everything else', async (world) => {
  const socket = world.open()
  await socket.must(whole({ ...udp, l4proto: genericProtocol }, { timeout: 99 }))
  const [message] = await socket.must(request('get', { name: 'behaviour' }))
  assert.equal(read(message!).l4proto, genericProtocol)
  assert.deepEqual(read(message!).data, { timeout: 99 })
  await socket.must(request('delete', { name: 'behaviour' }))
})

scenario('F-156', 'defaults of SCTP have a state more than there is, of 0 seconds', async (world) => {
  const [message] = await world.open().must(request('defaultGet', { l3proto: 2, l4proto: ipProtocol.sctp }))
  assert.equal((read(message!).data as { readonly heartbeatAcked?: number }).heartbeatAcked, 0)
})
