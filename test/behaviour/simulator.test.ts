import { describe, expect, test } from 'vitest'
import { profiles } from './profile.ts'
import { runOne } from './report.ts'
import { scenarios } from './scenario.ts'
import './scenarios/index.ts'
import { SimulatorWorld } from './world/simulator.ts'

/** Every scenario holds on the simulated kernel, whichever kernel it is to be. */
for (const profile of Object.values(profiles)) {
  describe(`simulator as ${profile.name}`, () => {
    for (const scenario of scenarios()) {
      test(`${scenario.statement} ${scenario.name}`, async (context) => {
        const world = new SimulatorWorld(profile)
        const { outcome, detail } = await runOne(scenario, world, () => world.reset())
        if (outcome === 'not available') context.skip(`kernel: ${detail}`)
        expect(detail).toBeUndefined()
        expect(outcome).toBe('holds')
      })
    }
  })
}
