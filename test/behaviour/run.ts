import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Profile, profiles } from './profile.ts'
import { type Report, runAll } from './report.ts'
import './scenarios/index.ts'
import { KernelWorld } from './world/kernel.ts'
import { SimulatorWorld } from './world/simulator.ts'

/**
 * Runs the scenarios and prints a report as JSON on the last line: on this machine's kernel, whose network namespace must be ours
 * alone, or with `--simulator` on each of the simulated ones, a line for each. `--only` selects by statement or name;
 * with `--twice` a difference counts when it shows twice.
 */
const { values } = parseArgs({
  options: { simulator: { type: 'boolean' }, only: { type: 'string' }, twice: { type: 'boolean', default: false } },
})

async function onKernel(): Promise<Report> {
  const world = await KernelWorld.create(fileURLToPath(new URL('./world/agent.py', import.meta.url)))
  try {
    return await runAll(world, { reset: () => world.reset(), only: values.only, twice: values.twice })
  } finally {
    await world.close()
  }
}

async function onSimulator(profile: Profile): Promise<Report> {
  const world = new SimulatorWorld(profile)
  return runAll(world, { reset: () => world.reset(), only: values.only, release: 'simulated' })
}

if (values.simulator)
  for (const profile of Object.values(profiles)) console.log(JSON.stringify(await onSimulator(profile)))
else console.log(JSON.stringify(await onKernel()))
