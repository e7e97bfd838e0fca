import { afterAll } from 'vitest'
import { suites } from './index.ts'
import { kernelWorld } from './kernel-world.ts'

const world = await kernelWorld()
afterAll(() => world[Symbol.asyncDispose]())

for (const suite of suites) suite(world)
