import { getEventListeners } from 'node:events'
import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel, type SimulatedTransport } from '@nfkit/simulator'
import { beforeEach, expect, test, vi } from 'vitest'
import { openQueue } from '../src/index.ts'

const bytes = udp('192.0.2.1:4000 > 198.51.100.2:53')

let kernel: SimulatedKernel
let transport: SimulatedTransport
beforeEach(() => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
  transport = kernel.connect()
})

test('a signal that aborts while a queue is opened ends the opening, and nothing stays bound', async () => {
  const controller = new AbortController()
  const opening = openQueue(transport, { number: 0, signal: controller.signal })
  controller.abort(new Error('changed my mind'))
  await expect(opening).rejects.toThrow('changed my mind')
  expect(kernel.procNetlinkQueue()).toBe('')
  expect(kernel.sockets).toEqual([])
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

test('so it does on a transport other queues use, which stay', async () => {
  await using other = await openQueue(transport, { number: 5, onUnjudged: 'drop' })
  other.run((packet) => packet.accept())
  const controller = new AbortController()
  const opening = openQueue(transport, { number: 0, onUnjudged: 'accept', signal: controller.signal })
  // It comes between binding and the abort, and is judged as a closing queue judges.
  const early = kernel.deliver(bytes)
  controller.abort(new Error('changed my mind'))
  await expect(opening).rejects.toThrow('changed my mind')
  expect(await early).toMatchObject({ verdict: 'accept' })
  expect(kernel.procNetlinkQueue()).toMatch(/^ +5 [^\n]*\n$/)
  expect(await kernel.deliver(bytes, { queue: 5 })).toMatchObject({ verdict: 'accept', reason: 'verdict' })
})

test('a signal aborted before refuses to open', async () => {
  await expect(openQueue(transport, { number: 0, signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  })
  expect(kernel.sockets).toEqual([])
})

test('closes the queue when it aborts, and is let go of when the queue closes by itself', async () => {
  const controller = new AbortController()
  const queue = await openQueue(transport, { number: 0, signal: controller.signal })
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  const other = await openQueue(kernel.connect(), { number: 1, signal: controller.signal })
  await other.close()
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  controller.abort()
  await queue.closed
  expect(kernel.procNetlinkQueue()).toBe('')
})

test('a queue whose opening got no answer does not stay bound on a transport others use', async () => {
  await using other = await openQueue(transport, { number: 5 })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  kernel.inject({ kind: 'lost answer' }, transport)
  const opening = openQueue(transport, { number: 0 })
  const rejected = expect(opening).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  await vi.advanceTimersByTimeAsync(6_000)
  await rejected
  vi.useRealTimers()
  expect(kernel.procNetlinkQueue()).toMatch(/^ +5 [^\n]*\n$/)
  expect(other.stats().pending).toBe(0)
})
