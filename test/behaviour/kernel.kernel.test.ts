import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runOne } from './report.ts'
import { scenarios } from './scenario.ts'
import './scenarios/index.ts'
import { KernelWorld } from './world/kernel.ts'

/** Every scenario holds on this machine's kernel. */
let world: KernelWorld
beforeAll(async () => {
  world = await KernelWorld.create(fileURLToPath(new URL('./world/agent.py', import.meta.url)))
})
afterAll(() => world?.close())

for (const scenario of scenarios()) {
  test(`${scenario.statement} ${scenario.name}`, async (context) => {
    const { outcome, detail } = await runOne(scenario, world, () => world.reset())
    if (outcome === 'not available') context.skip(`kernel: ${detail}`)
    expect(detail).toBeUndefined()
    expect(outcome).toBe('holds')
  })
}
