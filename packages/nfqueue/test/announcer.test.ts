import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { openQueue } from '../src/index.ts'
import { bytes } from './stage.ts'

test('once hears the next event only', async () => {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(kernel.connect(), { number: 7 })
  const heard: number[] = []
  queue.once('unjudged', ({ packetId }) => heard.push(packetId)).on('unjudged', () => {})
  queue.run(() => {})
  for (let i = 0; i < 3; i++) await kernel.deliver(bytes, { queue: 7 })
  await queue.close()
  expect(heard).toEqual([1])
})

test('logTo tells every event in a sentence, with what was thrown', async () => {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(kernel.connect(), { number: 7, conntrack: 'off' })
  const lines: unknown[][] = []
  const thrown = new TypeError('packet.ipp is no function')
  queue.logTo({
    warn: (...line) => lines.push(['warn', ...line]),
    error: (...line) => lines.push(['error', ...line]),
  })
  queue.run((packet) => {
    if (packet.id === 1) throw thrown
    packet.accept()
    if (packet.id === 2) throw thrown
  })
  for (let i = 0; i < 3; i++) await kernel.deliver(bytes, { queue: 7 })
  await queue.close()
  expect(lines).toEqual([
    ['error', 'queue 7, packet 1: left to the queue (threw), which said drop', thrown],
    ['error', 'queue 7, packet 2: the handler failed after its verdict', thrown],
  ])
})

test('who logs has heard: no warning of the process is added', async () => {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(kernel.connect(), { number: 7 })
  const warnings: string[] = []
  const listener = ({ name }: Error) => warnings.push(name)
  process.on('warning', listener)
  queue.logTo({ warn: () => {}, error: () => {} }).run(() => {})
  await kernel.deliver(bytes, { queue: 7 })
  await queue.close()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', listener)
  expect(warnings).toEqual([])
})
