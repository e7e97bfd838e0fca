import { fileURLToPath } from 'node:url'
import { runAll } from './report.ts'
import './scenarios/index.ts'
import { KernelWorld } from './world/kernel.ts'

/** Runs every scenario on this machine's kernel, and prints the results as JSON on the last line. The network namespace must be ours alone. */
const only = process.argv[2]
const program = fileURLToPath(new URL('./world/agent.py', import.meta.url))
const world = await KernelWorld.create(program)
try {
  const report = await runAll(world, { reset: () => world.reset(), only })
  console.log(JSON.stringify(report))
} finally {
  await world.close()
}
