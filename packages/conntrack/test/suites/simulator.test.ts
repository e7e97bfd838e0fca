import { profiles } from '@nfkit/simulator'
import { describe } from 'vitest'
import { suites } from './index.ts'
import { simulatedWorld } from './simulated-world.ts'

for (const profile of Object.keys(profiles) as (keyof typeof profiles)[])
  describe(`the simulated kernel as ${profile}`, () => {
    for (const suite of suites) suite(simulatedWorld(profile))
  })
