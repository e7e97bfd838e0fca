import assert from 'node:assert/strict'
import { moved } from '../counters.ts'
import { changes, listener, track } from '../events.ts'
import { creation, entryOf, table } from '../flow.ts'
import { echo, raw, udp } from '../packet.ts'
import { Queue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import { segment } from '../segment.ts'
import type { World } from '../world.ts'

/** All packets of the left end of the journey wait in queue 7, before their connections are in the table. */
async function held(world: World, packets: readonly Uint8Array[]): Promise<{ queue: Queue; ids: readonly number[] }> {
  await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
  await world.rules(track, { hook: 'output', table: 'filter', action: { kind: 'queue', number: 7 } })
  const queue = await Queue.open(world, 7)
  await world.emit(packets)
  const ids = (await queue.packets(packets.length)).map(({ id }) => id)
  return { queue, ids }
}

const there = udp('10.1.0.1:1000', '10.1.0.2:53')
const back = udp('10.1.0.2:53', '10.1.0.1:1000')
const syn = segment('10.1.0.1:1000', '10.1.0.2:80', 'S', { sequence: 1000 })
const synBack = segment('10.1.0.2:80', '10.1.0.1:1000', 'S', { sequence: 5000 })
const gre = (from: string, to: string) => raw(47, from, to, Uint8Array.of(0, 0, 8, 0, 1, 2, 3, 4))
const other = (from: string, to: string) => raw(89, from, to, new Uint8Array(24))

/** Held packets, all accepted in order; how many arrive, and how many packets the entry counts, where late ones are judged as first ones are. */
const groups: readonly (readonly [
  name: string,
  packets: readonly Uint8Array[],
  of: string,
  joins: boolean | 'icmpClashes',
])[] = [
  ['UDP', [there, there], 'udp 10.1.0.1:1000 > 10.1.0.2:53', true],
  ['UDP, three', [there, there, there], 'udp 10.1.0.1:1000 > 10.1.0.2:53', true],
  ['UDP, both directions', [there, back], 'udp 10.1.0.1:1000 > 10.1.0.2:53', true],
  ['another protocol', [other('10.1.0.1', '10.1.0.2'), other('10.1.0.1', '10.1.0.2')], '89 10.1.0.1 > 10.1.0.2', true],
  [
    'GRE, both directions',
    [gre('10.1.0.1', '10.1.0.2'), gre('10.1.0.2', '10.1.0.1')],
    'gre 10.1.0.1:0 > 10.1.0.2:0',
    true,
  ],
  ['a SYN and its retransmission', [syn, syn], 'tcp 10.1.0.1:1000 > 10.1.0.2:80', false],
  ['two SYNs that meet', [syn, synBack], 'tcp 10.1.0.1:1000 > 10.1.0.2:80', false],
  [
    'two echo requests of one id',
    [echo('10.1.0.1', '10.1.0.2', 7, 'request'), echo('10.1.0.1', '10.1.0.2', 7, 'request')],
    'icmp 10.1.0.1 > 10.1.0.2 type 8 code 0 id 7',
    'icmpClashes',
  ],
  [
    'two ICMPv6 echo requests of one id',
    [echo('fd00::1', 'fd00::2', 7, 'request'), echo('fd00::1', 'fd00::2', 7, 'request')],
    'icmpv6 fd00::1 > fd00::2 type 128 code 0 id 7',
    'icmpClashes',
  ],
]

for (const [name, packets, of, whether] of groups)
  scenario('F-167', `held: ${name}`, async (world) => {
    const { joinsAtVerdict } = world.profile
    const joins = whether === 'icmpClashes' ? world.profile.icmpClashes : whether
    const events = listener(world)
    const { queue, ids } = await held(world, packets)
    const socket = world.open()
    assert.deepEqual(await table(socket), [])
    const counted = await moved(socket, async () => {
      for (const id of ids) await queue.judge(id, 'accept')
    })
    const late = packets.length - 1
    const lost = joins || joinsAtVerdict ? 0 : late
    const arrived = await world.arrivals(packets.length - lost)
    assert.equal(arrived.length, packets.length - lost)
    assert.deepEqual(counted, joinsAtVerdict ? {} : joins ? { clashResolve: late } : { drop: late, insertFailed: late })
    const found = await entryOf(socket, of)
    assert.equal(found.countersOrig?.packets, BigInt(joins && !joinsAtVerdict ? packets.length : 1))
    assert.equal(found.countersReply?.packets, 0n)
    assert.equal(found.status, 8)
    assert.deepEqual(
      (await changes(events)).map(([kind]) => kind),
      ['new'],
    )
  })

scenario('F-167', 'the one that is accepted first begins the connection', async (world) => {
  const { queue, ids } = await held(world, [there, back])
  await queue.judge(ids[1]!, 'accept')
  await queue.judge(ids[0]!, 'accept')
  await world.arrivals(2)
  await entryOf(world.open(), 'udp 10.1.0.2:53 > 10.1.0.1:1000')
})

scenario('F-167', 'one that is dropped leaves room for the next', async (world) => {
  const { queue, ids } = await held(world, [syn, syn])
  await queue.judge(ids[0]!, 'drop')
  await queue.judge(ids[1]!, 'accept')
  assert.equal((await world.arrivals(1)).length, 1)
  await entryOf(world.open(), 'tcp 10.1.0.1:1000 > 10.1.0.2:80')
})

scenario('F-167', 'an entry made by a request while the first segment is held', async (world) => {
  const { queue, ids } = await held(world, [syn])
  const socket = world.open()
  await socket.must(creation('tcp 10.1.0.1:1000 > 10.1.0.2:80', { protoinfo: { tcp: { state: 1 } } }))
  await queue.judge(ids[0]!, 'accept')
  const arrived = world.profile.joinsAtVerdict ? 1 : 0
  assert.equal((await world.arrivals(arrived)).length, arrived)
})

scenario('F-167', 'what waits with a connection that is in the table all passes', async (world) => {
  const answers = [
    segment('10.1.0.2:80', '10.1.0.1:1000', 'SA', { sequence: 5000, acknowledgment: 1001 }),
    segment('10.1.0.2:80', '10.1.0.1:1000', 'SA', { sequence: 5000, acknowledgment: 1001 }),
  ]
  await world.rules(track, { hook: 'output', table: 'filter', action: { kind: 'queue', number: 7 } })
  const queue = await Queue.open(world, 7)
  await world.emit(syn)
  await queue.judge((await queue.packets(1))[0]!.id, 'accept')
  await world.emit(answers)
  for (const { id } of await queue.packets(2)) await queue.judge(id, 'accept')
  assert.equal((await world.arrivals(3)).length, 3)
})
