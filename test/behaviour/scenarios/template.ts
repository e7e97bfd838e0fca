import assert from 'node:assert/strict'
import { icmpUnreachable } from '@nfkit/ip-codec/build'
import { tcpState } from '@nfkit/netlink-codec/conntrack'
import { track } from '../events.ts'
import { entry, entryOf } from '../flow.ts'
import { tcp, udp } from '../packet.ts'
import { connection } from '../request.ts'
import { scenario } from '../scenario.ts'
import { marking } from '../vector.ts'

const [a, b] = ['10.1.0.1:1000', '10.1.0.2:80']
const asked = udp('10.1.0.1:1000', '10.1.0.2:53')

const zoned = { hook: 'output', table: 'raw', action: { kind: 'zone', value: 2 } } as const
const helped = { hook: 'output', table: 'raw', protocol: 'udp', action: { kind: 'helper', name: 'tftp' } } as const
const left = { hook: 'output', table: 'raw', action: { kind: 'notrack' } } as const

scenario(
  'F-202',
  'a segment that is invalid in a zone where it leaves begins a connection where it comes in',
  async (world) => {
    await world.rules(track, { hook: 'output', table: 'raw', action: { kind: 'zone', value: 2 } })
    await world.emit([tcp(a, b, 'S', { seq: 100 }), tcp(a, b, 'A', { seq: 101, ack: 501 })])
    const { protoinfo, zone } = await entryOf(world.open(), `tcp ${a} > ${b}`)
    assert.deepEqual([protoinfo?.tcp?.state, zone], [tcpState.established, undefined])
  },
)

for (const [what, rules, zone, helper] of [
  ['a zone, and then a helper', [zoned, helped], 2, undefined],
  ['a helper, and then a zone', [helped, zoned], undefined, 'tftp'],
  ['a zone, and then none at all', [zoned, left], 2, undefined],
] as const)
  scenario('F-202', what, async (world) => {
    await world.rules(track, ...rules)
    await world.emit(asked)
    const { entries } = await world.open().dump(connection('get', {}, { family: 0 }))
    assert.deepEqual(
      entries.map((one) => [entry(one).zone, entry(one).help?.name]),
      [[zone, helper]],
    )
  })

scenario('F-202', 'a rule that leaves packets out says nothing of one that is tracked already', async (world) => {
  const out = { ...left, hook: 'prerouting' } as const
  await world.rules(track, out, ...marking('prerouting'))
  await world.emit(asked)
  assert.equal((await world.arrivals(1))[0]?.mark, 1)
})

scenario(
  'F-202',
  'a packet for whose connection a rule has something in store is new to later rules',
  async (world) => {
    await world.rules(track, zoned, { ...zoned, state: 'new', action: { kind: 'drop' } })
    await world.emit(asked)
    assert.deepEqual(await world.arrivals(0), [])
  },
)

scenario('F-202', 'an error about nothing is invalid, whatever a rule has in store', async (world) => {
  const here = { ...zoned, hook: 'prerouting' } as const
  await world.rules(track, here, ...marking('prerouting'))
  await world.emit(icmpUnreachable('10.1.0.1 > 10.1.0.2', asked, 'port', { ttl: 61, identification: 1 }))
  assert.equal((await world.arrivals(1))[0]?.mark, 4)
})
