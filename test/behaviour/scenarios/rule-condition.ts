import assert from 'node:assert/strict'
import { tcp } from '@nfkit/ip-codec/build'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { aTable, commit, counted, type Expression, nft } from '../nftables.ts'
import { scenario } from '../scenario.ts'
import type { World } from '../world.ts'

const own = aTable('own')
const loopback = nft.is(0x04, 0x03)
/** Its window scale is followed by another option. */
const options = [{ kind: 'malformed', data: Uint8Array.of(3, 3, 7, 1) }] as const
const packet = tcp('10.1.0.1:1000 > 10.1.0.2:80', { syn: true, options, ttl: 61, identification: 1 })

/** How many packets meet a condition at a hook, of one that is sent over `lo`. */
async function met(world: World, hooknum: number, ...condition: readonly Expression[]): Promise<string | undefined> {
  await world.rules()
  const socket = world.open()
  const rule = own.rule('here', ...condition, nft.counter)
  assert.deepEqual(await commit(socket, [own.new(), own.chain('here', hooknum), rule]), [])
  await world.emit(packet)
  await world.arrivals(1)
  return (await counted(socket, 'own'))[0]?.split(',')[0]
}

for (const [what, hooknum, key, count] of [
  ['no kind of device that it came by, at OUTPUT', hook.output, 'iiftype', '0'],
  [
    'the kind of the device that it leaves by, as that which it came by, at POSTROUTING',
    hook.postrouting,
    'iiftype',
    '1',
  ],
  ['no kind of device that it leaves by, at INPUT', hook.input, 'oiftype', '0'],
] as const)
  scenario('F-313', `a packet has ${what}`, async (world) => {
    assert.equal(await met(world, hooknum, nft.load(key), loopback), count)
  })

const option = (offset: number, len: number): Expression => ({
  name: 'exthdr',
  data: { dreg: 1, op: 'tcpopt', type: 3, offset, len, flags: 0 },
})

scenario('F-313', 'an option of TCP is read as far as it goes', async (world) => {
  assert.equal(await met(world, hook.output, option(2, 1), nft.is(7)), '1')
})

scenario('F-313', 'and not into the next one', async (world) => {
  assert.equal(await met(world, hook.output, option(2, 2)), '0')
})
