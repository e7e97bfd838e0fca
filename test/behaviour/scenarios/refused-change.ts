import assert from 'node:assert/strict'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { nftFlags, verdictDataType } from '@nfkit/netlink-codec/nftables'
import { aTable, commit, expressionAt, nft, refusals } from '../nftables.ts'
import { scenario } from '../scenario.ts'
import type { World } from '../world.ts'

const own = aTable('own')
const lookup = { name: 'lookup', data: { set: 'judged', sreg: 1, dreg: 0 } }

scenario('F-435', 'a verdict map that leads back to its chain', async (world) => {
  const led = own.rule('round', nft.load('mark'), lookup)
  const last = own.rule('round', nft.load('mark'), lookup)
  const found = await refusals(world.open(), [
    own.new(),
    own.chain('out', hook.output),
    own.chain('round'),
    own.set('judged', { keyType: 0, keyLen: 4, flags: nftFlags.set.map, dataType: verdictDataType }),
    own.elements('judged', { key: nft.value(1, 0, 0, 0), data: { verdict: { code: 'goto', chain: 'round' } } }),
    own.rule('out', nft.verdict('jump', 'round')),
    led,
    last,
  ])
  if (world.profile.nftables?.looksAhead)
    assert.deepEqual(
      found.map(({ error, at }) => [error, expressionAt(last, at)]),
      [['EMLINK', 1]],
    )
  else
    assert.deepEqual(
      found,
      [led, last].map(() => ({ error: 'EMLINK', at: undefined })),
    )
})

/** What comes of changes, as one transaction, of a table without an owner that has the base chain `out` and another. */
async function changed(world: World, ...changes: readonly Uint8Array[]): Promise<readonly string[]> {
  const socket = world.open()
  assert.deepEqual(await commit(socket, [own.new(0), own.chain('out', hook.output), own.chain('regular')]), [])
  try {
    return await commit(socket, changes)
  } finally {
    await commit(socket, [own.delete()])
  }
}

const { dormant } = nftFlags.table
for (const [what, changes, errors] of [
  ['falls asleep after it lost a base chain', [own.deleteChain('out'), own.new(dormant)], ['EINVAL']],
  ['falls asleep before it loses a base chain', [own.new(dormant), own.deleteChain('out')], []],
  ['falls asleep after it lost another chain', [own.deleteChain('regular'), own.new(dormant)], []],
  ['falls asleep before a policy changes', [own.new(dormant), own.chain('out', undefined, 0, { policy: 'drop' })], []],
  ['falls asleep after it got a base chain', [own.chain('in', hook.input), own.new(dormant)], []],
  ['falls asleep before it gets a base chain', [own.new(dormant), own.chain('in', hook.input)], ['EINVAL']],
  ['falls asleep and wakes up', [own.new(dormant), own.new(0)], ['EINVAL']],
] as const)
  scenario('F-436', `a table ${what}`, async (world) => {
    assert.deepEqual(await changed(world, ...changes), errors)
  })

scenario('F-436', 'a table falls asleep after a policy has changed', async (world) => {
  const changes = [own.chain('out', undefined, 0, { policy: 'drop' }), own.new(dormant)]
  assert.deepEqual(await changed(world, ...changes), world.profile.nftables?.changesBindTables ? ['EINVAL'] : [])
})
