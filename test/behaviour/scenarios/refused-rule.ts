import assert from 'node:assert/strict'
import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import { aTable, type Expression, expressionAt, nft, refusals } from '../nftables.ts'
import { scenario } from '../scenario.ts'
import type { World } from '../world.ts'

/** What becomes of a rule in a table of a family: the error, and the number of the expression that is blamed. */
async function refused(world: World, of: number, ...expressions: readonly Expression[]): Promise<[string, number]> {
  const table = aTable('own', of)
  const rule = table.rule('out', ...expressions)
  const [refusal] = await refusals(world.open(), [table.new(), table.chain('out', hook.output), rule])
  assert.ok(refusal)
  return [refusal.error, expressionAt(rule, refusal.at)]
}

const lookup = { name: 'lookup', data: { set: 'missing', sreg: 1 } }
/** An extension that is for tables of one version of IP. */
const connmark = { name: 'target', data: { name: 'CONNMARK', rev: 1, info: new Uint8Array(16) } }
const nameless = { name: 'nosuch' }

scenario('F-310', 'a set that is not there is blamed', async (world) => {
  assert.deepEqual(await refused(world, family.ipv4, nft.source, lookup, connmark), ['ENOENT', 1])
})

scenario(
  'F-310',
  'an extension that a family does not have is blamed before a set that is not there',
  async (world) => {
    assert.deepEqual(await refused(world, family.inet, nft.source, lookup, connmark), ['ENOENT', 2])
  },
)

scenario('F-310', 'a name that no expression has is blamed before a set that is not there', async (world) => {
  assert.deepEqual(await refused(world, family.ipv4, nft.source, lookup, nft.counter, nameless), ['ENOENT', 3])
})
