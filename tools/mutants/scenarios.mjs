/** scenarios [KERNEL]...: the behavioural suite on these simulated kernels, or on all, until a scenario differs; its name is printed. */
import { profiles } from '../../test/behaviour/profile.ts'
import { runOne } from '../../test/behaviour/report.ts'
import { scenarios } from '../../test/behaviour/scenario.ts'
import '../../test/behaviour/scenarios/index.ts'
import { SimulatorWorld } from '../../test/behaviour/world/simulator.ts'
import { whenIdle } from './idle.mjs'

/** Many wait for what does not come: meanwhile others run. */
const atOnce = 16
/** A scenario waits for 0.2 s at most. */
const idleSeconds = 10
/** A difference counts when it is there again: sockets have no patience with a loaded machine. */
const attempts = 2

const names = process.argv.slice(2)
const waiting = Object.values(profiles)
  .toReversed()
  .filter(({ name }) => names.length === 0 || names.includes(name))
  .flatMap((profile) => scenarios().map((scenario) => ({ profile, scenario })))
  .values()

async function take() {
  for (const { profile, scenario } of waiting) {
    let difference
    for (let attempt = 0; attempt < attempts; attempt++) {
      difference = await differenceOf(profile, scenario)
      if (difference === undefined) break
    }
    if (difference !== undefined) end(`${profile.name}: ${scenario.statement} ${scenario.name}: ${difference}`)
  }
}

/** What differs; `undefined` where nothing does. */
async function differenceOf(profile, scenario) {
  const world = new SimulatorWorld(profile)
  let cancel
  const never = new Promise((resolve) => {
    cancel = whenIdle(idleSeconds, () => resolve({ outcome: 'differs', detail: 'no end' }))
  })
  const { outcome, detail } = await Promise.race([runOne(scenario, world, () => world.reset()), never])
  cancel()
  return outcome === 'differs' ? detail : undefined
}

function end(killer) {
  process.stdout.write(`${JSON.stringify([killer])}\n`, () => process.exit(1))
}

await Promise.all(Array.from({ length: atOnce }, take))
