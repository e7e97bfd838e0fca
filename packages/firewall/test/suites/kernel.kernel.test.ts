import { afterAll, describe } from 'vitest'
import { suites } from './index.ts'
import { kernelWorld } from './kernel-world.ts'

const world = await kernelWorld()
afterAll(() => world[Symbol.asyncDispose]())

describe.each([{}, { conntrack: 'off' } as const])('this machine’s kernel, options %j', (options) => {
  for (const suite of suites) suite({ ...world, options })
})
