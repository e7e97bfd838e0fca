import { profiles } from '../test/behaviour/profile.ts'
import { KernelWorld } from '../test/behaviour/world/kernel.ts'
import { SimulatorWorld } from '../test/behaviour/world/simulator.ts'

/**
 * What programs are compared on. A side gives a world that has nothing yet for each program, is told when that is over, and knows how long
 * packets may take on it: `{ profile, devices, begin, end, close }`.
 */

/** This machine's kernel, in a namespace of its own; `agent` is where agent.py lies. */
export async function kernelSide(agent) {
  const world = await KernelWorld.create(agent, { atOnce: true })
  return {
    profile: world.profile,
    devices: await devicesOf(world),
    begin: () => world,
    end: () => world.clear(),
    close: () => world.close(),
  }
}

/** A simulated kernel: a profile, or the name of one. */
export async function simulatedSide(profile) {
  const of = typeof profile === 'string' ? profiles[profile] : profile
  if (!of) throw new Error(`there is no profile ${profile}; there are ${Object.keys(profiles).join(', ')}`)
  return {
    profile: of,
    devices: await devicesOf(new SimulatorWorld(of)),
    begin: () => new SimulatorWorld(of),
    async end() {},
    async close() {},
  }
}

/** Names of interfaces by index. */
async function devicesOf(world) {
  const names = ['left', 'right']
  const indexes = await Promise.all(names.map((name) => world.device(name)))
  return new Map([[1, 'lo'], ...indexes.map((index, i) => [index, names[i]])])
}
