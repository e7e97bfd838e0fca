import assert from 'node:assert/strict'
import { status } from '@nfkit/netlink-codec/conntrack'
import { changes, listener, track } from '../events.ts'
import { creation, entryOf, lookup, table, texts } from '../flow.ts'
import { raw } from '../packet.ts'
import { scenario } from '../scenario.ts'
import type { World } from '../world.ts'

const [one, other] = ['10.1.0.1', '10.1.0.2']
const plain = (from: string, to: string) => raw(47, from, to, Uint8Array.of(0, 0, 8, 0, 1, 2, 3, 4))
/** PPTP's: version 1, point to point, a call. */
const call = (from: string, to: string, id: number, protocol = 0x880b) =>
  raw(47, from, to, Uint8Array.of(0x20, 1, protocol >> 8, protocol & 0xff, 0, 0, id >> 8, id & 0xff))

async function tracked(world: World, packets: readonly Uint8Array[]): Promise<string[]> {
  await world.rules(track)
  await world.emit(packets)
  return table(world.open())
}

scenario('F-171', 'GRE has no keys', async (world) => {
  assert.deepEqual(await tracked(world, [plain(one, other)]), texts(`gre ${one}:0 > ${other}:0`))
})

scenario('F-171', 'GRE that is answered lasts 180 s', async (world) => {
  await world.rules(track)
  const [events, socket] = [listener(world), world.open()]
  const of = `gre ${one}:0 > ${other}:0`
  for (const [packet, seconds] of [
    [plain(one, other), 30],
    [plain(other, one), 30],
    [plain(one, other), 180],
  ] as const) {
    await world.emit(packet)
    const { timeout } = await entryOf(socket, of)
    assert.ok(timeout! <= seconds && timeout! > seconds - 3, `${timeout}`)
  }
  assert.deepEqual(await changes(events), [
    ['new', status.confirmed],
    ['update', 0x0a],
    ['update', 0x0e],
  ])
})

scenario('F-171', 'the calls of PPTP are their own connections, and so are the answers', async (world) => {
  const found = await tracked(world, [call(one, other, 7), call(one, other, 8), call(other, one, 7)])
  assert.deepEqual(found, texts(`gre ${one}:0 > ${other}:7`, `gre ${one}:0 > ${other}:8`, `gre ${other}:0 > ${one}:7`))
})

scenario('F-171', 'version 1 of anything else is invalid', async (world) => {
  assert.deepEqual(await tracked(world, [call(one, other, 7, 0x0800)]), [])
})

scenario('F-171', 'version 1 that is cut off has no key', async (world) => {
  const short = raw(47, one, other, Uint8Array.of(0x20, 1, 0x88, 0x0b))
  assert.deepEqual(await tracked(world, [short]), texts(`gre ${one}:0 > ${other}:0`))
})

scenario('F-206', 'an entry of GRE that a request made ends with its next packet', async (world) => {
  await world.rules(track)
  const socket = world.open()
  const of = `gre ${one}:0 > ${other}:0`
  await socket.must(creation(of))
  await world.emit(plain(one, other))
  assert.equal((await socket.ask(lookup(of))).error, 'ENOENT')
})
