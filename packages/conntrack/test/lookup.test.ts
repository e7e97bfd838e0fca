import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { collect } from '../../../test/garbage.ts'
import { type ConntrackTable, openConntrack } from '../src/index.ts'

const tuple = {
  protocol: 'udp',
  source: { address: '10.0.0.1', port: 4000 },
  destination: { address: '10.0.0.2', port: 53 },
} as const

let kernel: SimulatedKernel
let table: ConntrackTable

beforeEach(async () => {
  kernel = new SimulatedKernel()
  await kernel.deliver(udp('10.0.0.1:4000 > 10.0.0.2:53'), { queue: null })
  table = await openConntrack(kernel.connect())
})
afterEach(() => {
  vi.useRealTimers()
  table.close()
})

test.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
])('a clock that jumps %s makes an answer neither older nor younger', async (_, jump) => {
  const lookup = table.lookup({ maxAgeMilliseconds: 60_000 })
  await lookup.get(tuple)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + jump })
  expect(lookup.peek(tuple)).toBeDefined()
})

test('an answer that is too old is kept no longer than until the next question', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const lookup = table.lookup({ maxAgeMilliseconds: 1_000 })
  const held = new WeakRef((await lookup.get(tuple))!)
  const isThere = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    return held.deref() !== undefined
  }
  vi.advanceTimersByTime(999)
  await lookup.get({ ...tuple, protocol: 'tcp' })
  expect(await isThere()).toBe(true)
  vi.advanceTimersByTime(2)
  await lookup.get({ ...tuple, protocol: 'tcp' })
  expect(await isThere()).toBe(false)
})

test('an answer is used again until it is too old', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const lookup = table.lookup({ maxAgeMilliseconds: 1_000 })
  await lookup.get(tuple)
  vi.advanceTimersByTime(999)
  expect(lookup.peek(tuple)).toBeDefined()
  vi.advanceTimersByTime(2)
  expect(lookup.peek(tuple)).toBeUndefined()
})
