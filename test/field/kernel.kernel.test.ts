import { afterAll } from 'vitest'
import { kernelWorld } from '../../packages/firewall/test/suites/kernel-world.ts'
import { suites } from './index.ts'

const world = await kernelWorld()
afterAll(() => world[Symbol.asyncDispose]())

for (const suite of Object.values(suites)) suite(world)
