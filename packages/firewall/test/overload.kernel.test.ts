import { readFileSync } from 'node:fs'
import { parseQueueStatus, queueStatusPath } from '@nfkit/nfqueue'
import { afterAll, expect, test } from 'vitest'
import type { FirewallVerdict } from '../src/index.ts'
import { kernelWorld } from './suites/kernel-world.ts'
import { deferred, staged } from './suites/stage.ts'

/** More comes than can be judged. */

const world = await kernelWorld()
afterAll(() => world[Symbol.asyncDispose]())

const counted = () => parseQueueStatus(readFileSync(queueStatusPath, 'utf8')).find(({ queue }) => queue === 0)!

test('a full queue loses what is undecided, and counts it; what is decided goes on', async () => {
  const answer = deferred<FirewallVerdict>()
  const { firewall } = await staged(world, {
    absent: 'drop',
    waitingPackets: 1_000,
    deadlineMilliseconds: 60_000,
    judge: ({ protocol }) => (protocol === 'tcp' ? 'accept' : answer.promise),
  })
  const line = await world.dial('peer', 4000)
  expect(await line.say('before')).toBe('before')
  // A socket is not let send more while so much of it waits.
  const [sockets, each] = [20, 150]
  const texts = Array.from({ length: each }, (_, i) => `${i}`)
  const flood = Promise.allSettled(Array.from({ length: sockets }, () => world.burst(4000, texts)))
  await expect.poll(() => counted().waiting + counted().queueDropped).toBe(sockets * each)
  expect(counted().waiting).toBe(2_048)
  for (let i = 0; i < 100; i++) expect(await line.say(`${i}`)).toBe(`${i}`)
  line.close()
  expect(firewall.stats()).toMatchObject({ judged: { accept: 1 }, unjudged: 0 })
  answer.resolve('accept')
  await expect.poll(() => counted().waiting).toBe(0)
  await flood
})
