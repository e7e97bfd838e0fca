import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel, type SimulatedTransport } from '@nfkit/simulator'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { until } from '../../../test/host.ts'
import { openQueue, type Packet, type Queue, type QueueOptions } from '../src/index.ts'

const bytes = udp('192.0.2.1:4000 > 198.51.100.2:53', { payload: new Uint8Array(20) })

let kernel: SimulatedKernel
let transport: SimulatedTransport
let queue: Queue
let told: [string, unknown][]

async function open(options: Partial<QueueOptions> = {}): Promise<void> {
  transport = kernel.connect()
  queue = await openQueue(transport, { number: 0, conntrack: 'off', ...options })
  for (const event of ['lost', 'passed', 'warning', 'trouble'] as const)
    queue.on(event, (what: unknown) => told.push([event, what]))
}

beforeEach(() => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
  told = []
})
afterEach(async () => {
  await queue.close()
  vi.useRealTimers()
})

test('with failOpen packets a full socket let past are told as passed, and as lost without', async () => {
  await open({ failOpen: true })
  queue.run((packet) => packet.drop())
  const send = async () => {
    kernel.inject({ kind: 'overrun', at: 1 }, transport)
    return [await kernel.deliver(bytes), await kernel.deliver(bytes)].map(({ verdict, reason }) => [verdict, reason])
  }
  expect(await send()).toEqual([
    ['accept', 'fail open'],
    ['drop', 'verdict'],
  ])
  expect(told).toEqual([['passed', { packets: 1, where: 'socket' }]])
  expect(queue.stats()).toMatchObject({ received: 1, lost: 0, passed: 1 })

  await queue.configure({ failOpen: false })
  expect(await send()).toEqual([
    ['drop', 'socket full'],
    ['drop', 'verdict'],
  ])
  expect(told[1]).toEqual(['lost', { packets: 1, where: 'socket' }])
  expect(queue.stats()).toMatchObject({ received: 2, lost: 1, passed: 1 })
})

test('a gap from before failOpen is changed is named by what it was, and only the rest by what it is', async () => {
  await open({ failOpen: true })
  queue.run((packet) => packet.drop())
  const overrun = () => {
    kernel.inject({ kind: 'overrun', at: 1 }, transport)
    return kernel.deliver(bytes)
  }
  expect(await Promise.all([overrun(), overrun()])).toMatchObject([{ reason: 'fail open' }, { reason: 'fail open' }])
  await queue.configure({ failOpen: false })
  expect(await overrun()).toMatchObject({ reason: 'socket full' })
  await queue.configure({ failOpen: true, maxLength: 100 })
  await kernel.deliver(bytes)
  expect(told).toEqual([
    ['passed', { packets: 2, where: 'socket' }],
    ['lost', { packets: 1, where: 'socket' }],
  ])
  await overrun()
  await kernel.deliver(bytes)
  expect(told[2]).toEqual(['passed', { packets: 1, where: 'socket' }])
  expect(queue.stats()).toMatchObject({ lost: 1, passed: 3 })
})

test('a change the kernel refuses changes no name', async () => {
  await open({ failOpen: false })
  queue.run((packet) => packet.drop())
  kernel.inject({ kind: 'overrun', at: 1 }, transport)
  await kernel.deliver(bytes)
  kernel.inject({ kind: 'queue stolen', queue: 0 })
  await expect(queue.configure({ failOpen: true })).rejects.toMatchObject({ code: 'EPERM' })
  expect(queue.settings.failOpen).toBe(false)
  expect(queue.stats()).toMatchObject({ passed: 0 })
})

test('packets that pass a full queue are warned of once while it is full, and again when it is once more', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  await open({ failOpen: true, maxLength: 3 })
  const held: Packet[] = []
  queue.run((packet) => held.push(packet.hold()))
  const fill = async (n: number) => {
    for (let i = 0; i < n; i++) kernel.deliver(bytes)
    await until(() => queue.stats().pending === Math.min(n, 3), 'packets')
  }
  const drain = async () => {
    for (const packet of held.splice(0)) packet.drop()
    await until(() => kernel.pending.length === 0, 'verdicts')
  }
  await fill(2)
  expect(told).toEqual([])
  await drain()
  await fill(5)
  expect(told).toEqual([['warning', expect.stringMatching(/queue is full: 3 packets wait \(maxLength\).*pass unseen/)]])
  expect(queue.stats()).toMatchObject({ lost: 0, queueDropped: 0 })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(told).toHaveLength(1)
  await drain()
  await vi.advanceTimersByTimeAsync(3_000)
  await fill(4)
  expect(told).toHaveLength(2)
})

test('a full queue nobody reads is seen in the table of the kernel', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  await open({ failOpen: true, maxLength: 3 })
  queue.pause()
  for (let i = 0; i < 5; i++) kernel.deliver(bytes)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told).toEqual([['warning', expect.stringContaining('pass unseen')]])
})

test('without failOpen nothing passes, and nothing is said to', async () => {
  await open({ maxLength: 3 })
  queue.run((packet) => void packet.hold())
  for (let i = 0; i < 5; i++) kernel.deliver(bytes)
  await until(() => queue.stats().pending === 3, 'packets')
  await queue.close()
  expect(told).toEqual([['lost', { packets: 2, where: 'queue' }]])
})

test('what a queue of the same number and port id drops in another namespace is not ours', async () => {
  await open({ maxLength: 1 })
  queue.run((packet) => void packet.hold())
  for (let i = 0; i < 5; i++) kernel.deliver(bytes)
  const elsewhere = new SimulatedKernel({ profile: 'debian-6.12' })
  const other = elsewhere.connect()
  expect(other.portId).toBe(transport.portId)
  await using quiet = await openQueue(other, { number: 0, conntrack: 'off' })
  await until(() => queue.stats().queueDropped === 4, 'drops')
  expect(quiet.stats().queueDropped).toBe(0)
})

test('a table that cannot be read costs neither the queue nor its closing anything', async () => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
  await open()
  transport.procNet = () => {
    throw new Error('no such thing')
  }
  expect(queue.stats().queueDropped).toBe(0)
  await queue.close()
  await queue.closed
  expect(kernel.procNetlinkQueue()).toBe('')
  expect(told).toEqual([])
})
