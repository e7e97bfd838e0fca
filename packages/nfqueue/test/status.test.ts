import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { openQueue, parseQueueStatus, probe } from '../src/index.ts'

test("the kernel's own table of queues", async () => {
  const kernel = new SimulatedKernel()
  await using queue = await openQueue(kernel.connect(), { number: 9, copyRange: 100, maxLength: 5, conntrack: 'off' })
  expect(parseQueueStatus(kernel.procNetlinkQueue())).toEqual([
    expect.objectContaining({
      queue: queue.number,
      waiting: 0,
      copyMode: 2,
      copyRange: 100,
      queueDropped: 0,
      lastId: 0,
    }),
  ])
  expect(parseQueueStatus('')).toEqual([])
})

test('a probe tells what kernel and privileges allow', async () => {
  const withGlue = new SimulatedKernel({ profile: 'debian-6.1' })
  const without = new SimulatedKernel({ profile: '6.18' })
  expect(await probe(withGlue.connect())).toMatchObject({ permitted: true, queues: true, conntrack: true })
  expect(await probe(without.connect())).toMatchObject({ permitted: true, queues: true, conntrack: false })
  expect(await probe(without.connect({ privileged: false }))).toMatchObject({ permitted: false })
})
