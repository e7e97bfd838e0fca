import assert from 'node:assert/strict'
import { be16, putBe16 } from '@nfkit/inet/bytes'
import { internetChecksum } from '@nfkit/ip-codec'
import { nfqa, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import { track } from '../events.ts'
import { creation, table, texts } from '../flow.ts'
import { udp } from '../packet.ts'
import { Queue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import type { HookName, World } from '../world.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const hello6 = udp('[fd00::1]:1000', '[fd00::2]:7007')

/** A packet that waits in queue 7, at a hook. */
async function held(world: World, hook: HookName, packet: Uint8Array = hello): Promise<Queue> {
  const table = hook === 'prerouting' ? 'mangle' : 'filter'
  await world.rules(track, { hook, table, protocol: 'udp', action: { kind: 'queue', number: 7 } })
  const owners = { flags: queueFlags.uidGid, mask: queueFlags.uidGid }
  const queue = await Queue.open(world, 7, owners)
  await world.emit(packet)
  return queue
}

for (const hook of ['output', 'prerouting', 'input'] as const)
  scenario('F-067', `a packet over the loopback device at ${hook}`, async (world) => {
    const queue = await held(world, hook)
    const packet = await queue.packet()
    const known = hook === 'output'
    assert.equal(packet.get(nfqa.rows.uid), known ? world.owner.uid : undefined)
    assert.equal(packet.get(nfqa.rows.gid), known ? world.owner.gid : undefined)
    await queue.judge(packet.id, 'accept')
  })

/** An IPv4 packet with another length field, and other bytes behind. */
function resized(length: number, total: number): Uint8Array {
  const bytes = new Uint8Array(total)
  bytes.set(hello.subarray(0, total))
  putBe16(bytes, 2, length)
  putBe16(bytes, 10, 0)
  putBe16(bytes, 10, internetChecksum(bytes, 0, 20))
  return bytes
}

for (const [name, payload, arrives] of [
  ['that is longer than its header says', Uint8Array.from([...hello, 1, 2, 3, 4, 5, 6, 7, 8]), hello.length],
  ['that is shorter than its header says', resized(hello.length, hello.length - 2), undefined],
  ['whose header says less than a header', resized(19, hello.length), undefined],
  ['whose header checksum is wrong', Uint8Array.from(hello, (byte, i) => (i === 10 ? byte ^ 1 : byte)), undefined],
] as const)
  scenario('F-168', `a new payload ${name}`, async (world) => {
    const queue = await held(world, 'output')
    const answer = await queue.judge((await queue.packet()).id, 'accept', { payload })
    assert.equal(answer.error, '0')
    // Where payloads are checked, one of another length than its header says never leaves.
    const refused = world.profile.validatesPayload && be16(payload, 2) !== payload.length
    const expected = arrives === undefined || refused ? [] : [arrives]
    const arrived = await world.arrivals(expected.length)
    assert.deepEqual(
      arrived.map(({ header, transport }) => header.length + transport.length),
      expected,
    )
    assert.deepEqual(await table(world.open()), refused ? [] : texts('udp 10.1.0.1:1000 > 10.1.0.2:7007'))
  })

scenario('F-168', 'a payload of half an IPv6 header', async (world) => {
  const queue = await held(world, 'output', hello6)
  const answer = await queue.judge((await queue.packet()).id, 'accept', { payload: hello6.slice(0, 24) })
  assert.equal(answer.error, '0')
  assert.deepEqual(await world.arrivals(0), [])
  const { joinsAtVerdict, validatesPayload } = world.profile
  const confirmed = joinsAtVerdict || validatesPayload ? [] : texts('udp [fd00::1]:1000 > [fd00::2]:7007')
  assert.deepEqual(await table(world.open()), confirmed)
})

scenario('F-169', 'a translation that a request made, where no chain translates', async (world) => {
  await world.rules(track)
  const socket = world.open()
  const of = 'udp 10.1.0.1:1000 > 10.1.0.2:7007'
  await socket.must(creation(of, { natSrc: { v4Minip: Uint8Array.of(10, 9, 9, 9) } }))
  await world.emit(hello)
  const [arrived] = await world.arrivals(1)
  assert.deepEqual([...arrived!.header.subarray(12, 16)], [10, 1, 0, 1])
})

scenario('F-168', 'a payload of half an IPv6 header for a packet that has come back', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules({ hook: 'prerouting', table: 'raw', action: { kind: 'queue', number: 7 } })
  await world.emit(hello6)
  await queue.judge((await queue.packet()).id, 'repeat', { payload: hello6.slice(0, 24) })
  assert.deepEqual(await queue.packets(0), [])
})
