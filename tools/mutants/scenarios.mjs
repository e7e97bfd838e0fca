/** scenarios [KERNEL]...: the behavioural suite on these simulated kernels, or on all, until a scenario differs; its name is printed. */
import { profiles } from '../../test/behaviour/profile.ts'
import { runOne } from '../../test/behaviour/report.ts'
import { scenarios } from '../../test/behaviour/scenario.ts'
import '../../test/behaviour/scenarios/index.ts'
import { SimulatorWorld } from '../../test/behaviour/world/simulator.ts'

/** Many wait for what does not come: meanwhile others run. */
const atOnce = 16
/** A scenario takes 0.2 s at most; one that takes this long waits for what will never come. */
const limitSeconds = 10

const names = process.argv.slice(2)
const waiting = Object.values(profiles)
  .toReversed()
  .filter(({ name }) => names.length === 0 || names.includes(name))
  .flatMap((profile) => scenarios().map((scenario) => ({ profile, scenario })))
  .values()

async function take() {
  for (const { profile, scenario } of waiting) {
    const name = `${profile.name}: ${scenario.statement} ${scenario.name}`
    const late = setTimeout(() => end(`${name}: no end`), limitSeconds * 1000)
    const world = new SimulatorWorld(profile)
    const { outcome, detail } = await runOne(scenario, world, () => world.reset())
    clearTimeout(late)
    if (outcome === 'differs') end(`${name}: ${detail}`)
  }
}

function end(killer) {
  process.stdout.write(`${JSON.stringify([killer])}\n`, () => process.exit(1))
}

await Promise.all(Array.from({ length: atOnce }, take))
