import assert from 'node:assert/strict'
import { fragments, udp } from '@nfkit/ip-codec/build'
import { track } from '../events.ts'
import { table, texts } from '../flow.ts'
import { Queue, toQueue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import { segment } from '../segment.ts'
import type { World } from '../world.ts'

/** Of datagrams, so that none is taken for a part of another. */
let identification = 0x2000
const datagram = (from: string, to: string) =>
  udp(`${from}:1000 > ${to}:7007`, {
    payload: new Uint8Array(500).fill(7),
    ttl: 61,
    dontFragment: false,
    identification: 1,
  })

const versions = [
  ['IPv4', '10.2.0.9', '10.2.0.1'],
  ['IPv6', '[fd02::9]', '[fd02::1]'],
] as const

/** Fragments of a datagram for us, as they arrive. */
async function arrive(world: World, parts: readonly Uint8Array[]): Promise<void> {
  await world.rules(track)
  await world.receive(parts)
}

const entry = (from: string, to: string) => texts(`udp ${from}:1000 > ${to}:7007`)

for (const [version, from, to] of versions) {
  const parts = () => fragments(datagram(from, to), 160, identification++)

  for (const [order, chosen] of [
    ['in order', (all: Uint8Array[]) => all],
    ['the last first', (all: Uint8Array[]) => all.toReversed()],
    ['the first of them twice', (all: Uint8Array[]) => [all[0]!, ...all]],
  ] as const)
    scenario('F-201', `fragments of ${version}, ${order}, are one packet of one connection`, async (world) => {
      await arrive(world, chosen(parts()))
      const [arrived, ...more] = await world.arrivals(1)
      assert.deepEqual([arrived?.transport.length, more.length], [508, 0])
      assert.deepEqual(await table(world.open()), entry(from, to))
    })

  scenario('F-201', `fragments of ${version} of which one lacks wait for it`, async (world) => {
    await arrive(world, parts().slice(1))
    assert.deepEqual(await world.arrivals(0), [])
    assert.deepEqual(await table(world.open()), [])
  })

  scenario('F-201', `a queue gets fragments of ${version} as a whole, before all other rules`, async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(track, toQueue(7, { hook: 'prerouting', table: 'raw' }))
    await world.receive(parts())
    const { payload } = await queue.packet()
    assert.equal(payload.length, datagram(from, to).length)
  })
}

scenario(
  'F-201',
  'a first fragment of IPv6 that is cut off in the TCP header goes on alone, and is dropped',
  async (world) => {
    const syn = segment('[fd02::9]:1000', '[fd02::1]:80', 'S')
    const queue = await Queue.open(world, 7)
    await world.rules(track, { hook: 'input', table: 'filter', action: { kind: 'queue', number: 7 } })
    await world.receive(fragments(syn, 16, identification++))
    const { id, payload } = await queue.packet()
    assert.equal(payload.length, 40 + 8 + 16)
    await queue.judge(id, 'accept')
    assert.deepEqual(await world.arrivals(0), [])
    assert.deepEqual(await table(world.open()), [])
  },
)

scenario('F-201', 'one of IPv4 is not', async (world) => {
  const syn = segment('10.2.0.9:1000', '10.2.0.1:80', 'S')
  await arrive(world, fragments(syn, 16, identification++))
  assert.equal((await world.arrivals(1)).length, 1)
})
