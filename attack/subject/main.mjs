// A process that runs programs one after another and reports each to its parent; it ends after the first with findings, for what a
// failing program leaves behind is not the next one's. Started by `campaign.mjs`.
import { programOf } from '../programs/index.mjs'
import { kinds } from './kinds.mjs'
import { Trial } from './trial.mjs'

const { world: name, seed, from, to, kind, program: given } = JSON.parse(process.argv[2])
const worlds = {
  simulator: async () => {
    const { SimulatedWorld } = await import('../worlds/simulator.mjs')
    return (program) => new SimulatedWorld(program.seed)
  },
  kernel: async () => {
    const { KernelWorld } = await import('../worlds/kernel.mjs')
    return () => KernelWorld.open()
  },
}

let current
process.on('uncaughtException', (error) => current?.uncaught(error))
process.on('unhandledRejection', (error) => current?.uncaught(error))

const makeWorld = await worlds[name]()
for (let index = from; index < to; index++) {
  const program = given ?? programOf({ world: name, seed, index, kind })
  process.send({ index, begins: program.kind })
  const world = await makeWorld(program)
  current = new Trial(world)
  let packets = 0
  try {
    packets = await kinds[program.kind](program, world, current)
  } catch (error) {
    current.find('the attack cannot go on', String(error?.stack ?? error))
  }
  const { findings } = current
  await new Promise((told) => process.send({ index, findings, packets }, told))
  if (findings.length > 0) break
}
process.disconnect()
process.exit(0)
