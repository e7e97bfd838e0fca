import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { kernelWorld } from './suites/kernel-world.ts'
import { staged } from './suites/stage.ts'

/** What is listed for a time runs out in the kernel a little later than here, and changes meet it before or behind that. */

const world = await kernelWorld()
afterAll(() => world[Symbol.asyncDispose]())

test.each([1_000, 1_100, 2_500])('a list that is changed %i ms after it was made for one second', async (wait) => {
  const { firewall } = await staged(world)
  await firewall.block(['10.99.0.0/25', '10.99.0.128/26', '10.99.0.2', 'fd00:99::/64'], { seconds: 1 })
  await sleep(wait)
  await firewall.block(['10.99.0.0/24', 'fd00:99::/48'])
  await expect(world.ask(4000, 'hello')).rejects.toThrow()
  await firewall.unlist(['10.99.0.0/16', 'fd00::/8'])
  expect(await world.ask(4000, 'hello')).toBe('hello')
  expect(await world.ask(4000, 'hello', 'IPv6')).toBe('hello')
})
