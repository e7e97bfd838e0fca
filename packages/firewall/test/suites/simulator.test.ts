import { describe } from 'vitest'
import { suites } from './index.ts'
import { simulatedWorld } from './simulated-world.ts'

describe.each(['6.18', 'debian-6.1'] as const)('the simulated kernel as %s', (profile) => {
  for (const suite of suites) suite(simulatedWorld(profile))
})
