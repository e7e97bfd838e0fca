import { describe } from 'vitest'
import { suites } from './index.ts'
import { kernelWorld } from './kernel-world.ts'

describe('this machine’s kernel', () => {
  const world = kernelWorld()
  for (const suite of suites) suite(world)
})
