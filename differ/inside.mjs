/**
 * What runs in the namespace or the virtual machine: compares programs from an index on, and prints what it finds, a line of JSON each; the
 * last line says how many programs there were. The argument is JSON: `{ seed, from, sequences, milliseconds }`, and `agent`, where agent.py
 * lies, or `simulator`, the name of a profile, for no real kernel but another simulated one; and `foretold`, where `foretold/write.mjs` has written
 * what the simulator says of these programs as the kernel of `release`.
 */
import { profileOf } from '../test/behaviour/profile.ts'
import { Campaign } from './campaign.mjs'
import { Foretold } from './foretold/file.mjs'
import { kernelSide, simulatedSide } from './sides.mjs'

const { agent, simulator, seed, from, sequences, milliseconds, release, foretold } = JSON.parse(process.argv[2])
const real = simulator === undefined ? await kernelSide(agent) : await simulatedSide(simulator)
if (foretold && real.profile !== profileOf(release, true))
  throw new Error(`the kernel is not as ${release} was foretold`)
const campaign = new Campaign(
  await simulatedSide(simulator === undefined ? real.profile : '6.18'),
  real,
  foretold && new Foretold(foretold, from),
)
const kinds = new Set()
const end = performance.now() + milliseconds
let index = from
for (; index < from + sequences && performance.now() < end; index++) {
  const found = await campaign.find(seed, index, (kind) => !kinds.has(kind))
  if (!found) continue
  kinds.add(found.kind)
  console.log(JSON.stringify({ found }))
}
await real.close()
const { count, lines } = campaign.dimensions
console.log(JSON.stringify({ compared: index - from, withTables: count, dimensions: lines }))
process.exit(0)
