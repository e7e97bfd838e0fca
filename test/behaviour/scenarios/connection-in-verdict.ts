import assert from 'node:assert/strict'
import { parseAddress } from '@nfkit/inet'
import { type Expect, status } from '@nfkit/netlink-codec/conntrack'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { listener, track } from '../events.ts'
import { entryOf, tuple } from '../flow.ts'
import { udp } from '../packet.ts'
import { Queue } from '../queue.ts'
import { expectation } from '../request.ts'
import { needsGlue, scenario } from '../scenario.ts'
import { all, of, there, tracked, withFlow } from '../tracked.ts'

scenario(
  'F-103',
  'a verdict sets the mark, the timeout and the status',
  async (world) => {
    const queue = await tracked(world)
    const events = listener(world)
    await world.emit(there)
    await queue.packet()
    assert.equal(
      (
        await queue.judge(1, 'accept', {
          ct: { mark: 0xbeef, timeout: 500, status: status.confirmed | status.fixedTimeout },
        })
      ).error,
      '0',
    )
    const found = await entryOf(queue.socket, of)
    assert.equal(found.mark, 0xbeef)
    assert.ok(found.timeout! > 490 && found.timeout! <= 500, `${found.timeout}`)
    assert.equal((await events.messages()).length, 1)
  },
  needsGlue,
)

scenario(
  'F-103',
  'the flag is not needed for it',
  async (world) => {
    const queue = await tracked(world, {})
    await world.emit(there)
    await queue.packet()
    await queue.judge(1, 'accept', { ct: { mark: 5 } })
    assert.equal((await entryOf(queue.socket, of)).mark, 5)
  },
  needsGlue,
)

scenario(
  'F-103',
  'a mark is set under its mask',
  async (world) => {
    const queue = await tracked(world)
    await world.emit(there)
    await queue.packet()
    await queue.judge(1, 'accept', { ct: { mark: 0xff00 } })
    await world.emit(there)
    await queue.packet()
    await queue.judge(2, 'accept', { ct: { mark: 0x0012, markMask: 0x00ff } })
    assert.equal((await entryOf(queue.socket, of)).mark, 0xff12)
  },
  needsGlue,
)

scenario(
  'F-103',
  'a verdict that drops changes the connection all the same',
  async (world) => {
    const queue = await tracked(world)
    await world.emit(there)
    await queue.packet()
    await queue.judge(1, 'accept')
    await world.emit(there)
    await queue.packet()
    await queue.judge(2, 'drop', { ct: { mark: 77 } })
    assert.equal((await entryOf(queue.socket, of)).mark, 77)
  },
  needsGlue,
)

scenario(
  'F-103',
  'an error is silent, and stops what comes after it',
  async (world) => {
    const queue = await tracked(world)
    await world.emit(there)
    await queue.packet()
    assert.equal((await queue.judge(1, 'accept', { ct: { mark: 5, help: { name: 'nosuchhelper' } } })).error, '0')
    assert.equal((await entryOf(queue.socket, of)).mark, 0)
    assert.equal((await world.arrivals(1)).length, 1)
  },
  needsGlue,
)

scenario(
  'F-103',
  'labels are set where a rule looks at them',
  async (world) => {
    await world.rules(track, { hook: 'forward', table: 'filter', action: { kind: 'label', value: 3 } }, all)
    const queue = await Queue.open(world, 7, withFlow)
    await world.emit(there)
    await queue.packet()
    const labels = new Uint8Array(16)
    labels[0] = 8
    await queue.judge(1, 'accept', { ct: { labels, labelsMask: labels } })
    assert.equal((await entryOf(queue.socket, of)).labels?.[0], 8)
  },
  needsGlue,
)

scenario(
  'F-103',
  'what a verdict may not change is ignored',
  async (world) => {
    const queue = await tracked(world)
    await world.emit(there)
    await queue.packet()
    await queue.judge(1, 'accept', { ct: { zone: 9, ...{ tupleOrig: tuple('udp 10.9.9.9:1 > 10.9.9.8:2') }, mark: 3 } })
    assert.equal((await entryOf(queue.socket, of)).mark, 3)
  },
  needsGlue,
)

const full = parseAddress('255.255.255.255')!
const expected = 'udp 10.1.0.2:9 > 10.1.0.1:2001'
const expectingIt: Expect = {
  tuple: tuple(expected),
  mask: { ip: { v4Src: full, v4Dst: full }, proto: { num: 17, srcPort: 0xffff, dstPort: 0xffff } },
}
const helped = udp('10.1.0.1:1000', '10.1.0.2:69')
const help = {
  hook: 'output',
  table: 'raw',
  protocol: 'udp',
  port: 69,
  action: { kind: 'helper', name: 'tftp' },
} as const

scenario(
  'F-104',
  'a verdict makes an expectation of a connection with a helper, which nobody asked for',
  async (world) => {
    await world.rules(track, help, all)
    const queue = await Queue.open(world, 7)
    const events = listener(world, group.conntrackNew, group.conntrackExpNew)
    await world.emit(helped)
    await queue.packet()
    assert.equal((await queue.judge(1, 'accept', { ct: { mark: 1 }, exp: expectingIt })).error, '0')
    assert.equal((await queue.socket.must(expectation('get', { tuple: tuple(expected) }))).length, 1)
    const told = (await events.messages()).filter(({ type }) => type >> 8 === 2)
    assert.deepEqual(
      told.map(({ portId, sequence }) => [portId, sequence]),
      [[0, 0]],
    )
  },
  needsGlue,
)

for (const [what, packet, verdict] of [
  ['without NFQA_CT besides', helped, { exp: expectingIt }],
  ['of a connection without a helper', there, { ct: { mark: 1 }, exp: expectingIt }],
] as const) {
  scenario(
    'F-104',
    `an expectation ${what} is not made, and the answer is 0`,
    async (world) => {
      await world.rules(track, help, all)
      const queue = await Queue.open(world, 7)
      await world.emit(packet)
      await queue.packet()
      assert.equal((await queue.judge(1, 'accept', verdict)).error, '0')
      assert.equal((await queue.socket.ask(expectation('get', { tuple: tuple(expected) }))).error, 'ENOENT')
    },
    needsGlue,
  )
}
