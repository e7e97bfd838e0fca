import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressesOf } from '../consumers/addresses.mjs'
import { shell } from '../namespace.mjs'
import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { folder, program, script } from '../programs.mjs'

const namespace = 'nfkit-rules'
const inside = `ip netns exec ${namespace}`
const most = options.smoke ? 2_000 : 100_000
const file = (count) => join(folder, `elements-${count}.nft`)

const metrics = [
  { key: 'wall', title: 'ms', scale: 1e-6 },
  { key: 'cpu', title: 'CPU ms', scale: 1e-6 },
  { key: 'more', title: 'MB more', scale: 1e-6 },
  { key: 'peak', title: 'peak MB', scale: 1e-6 },
]

let prepared = false
function prepare() {
  if (prepared) return
  prepared = true
  shell(`ip netns add ${namespace}`)
  for (const count of [0, 1, 1_000, most]) writeFileSync(file(count), rulesetOf(addressesOf(count)))
}

const rulesetOf = (addresses) =>
  `table inet fw {\n  set many {\n    type ipv4_addr\n${addresses.length === 0 ? '' : `    elements = { ${addresses.join(', ')} }\n`}  }\n}\n`

/** What nft takes; its memory above what it has for the same without elements. */
async function nft(...args) {
  const measured = (...argv) => new Running([program('measured'), 'nft', ...argv], { namespace }).finish()
  const taken = await measured(...args)
  const { peak } = await measured('-c', '-f', file(0))
  return { ...taken, more: taken.peak - peak }
}

/** What a program has that loads the same packages and commits one element: less memory than this no program on Node takes. */
const floor = 'node, one element'

/** Elements of a new set in one transaction, from addresses as text to the kernel's proof. */
export const commit = (count) => ({
  name: `commit-${count}`,
  title: `a commit of a set with ${Math.min(count, most)} elements`,
  reference: 'nft -f',
  contestants: [{ name: 'nft -f' }, { name: 'node', ours: true }, ...(count > 1_000 ? [{ name: floor }] : [])],
  metrics,
  prepare,
  async sample({ name, ours }) {
    shell(`${inside} nft flush ruleset`)
    const elements = name === floor ? 1 : Math.min(count, most)
    const argv = [process.execPath, script('commit'), String(elements)]
    return ours || name === floor ? new Running(argv, { namespace }).finish() : nft('-f', file(elements))
  },
})

/** The ruleset with the largest of these sets: as values, and as text. */
export const listing = {
  name: 'listing',
  title: `a listing of a set with ${most} elements`,
  reference: 'nft list',
  contestants: [{ name: 'nft list' }, { name: 'node', ours: true }],
  metrics,
  prepare,
  async sample({ ours }) {
    shell(`${inside} sh -c 'nft flush ruleset; nft -f ${file(most)}'`)
    return ours ? new Running([process.execPath, script('listing')], { namespace }).finish() : nft('list', 'ruleset')
  },
  wrong: ({ elements }) => (elements === most ? undefined : `${elements} of ${most} elements`),
}
