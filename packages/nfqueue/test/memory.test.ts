import { parseHex } from '@nfkit/inet'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, onTestFinished, test } from 'vitest'
import { openQueue } from '../src/index.ts'
import { buffersOf, lateEvery } from './late.ts'

// An empty UDP datagram from 192.0.2.1 port 4000 to 198.51.100.2 port 53.
const datagram = parseHex('4500001c000040004011b1b2c0000201c63364020fa0003500080000')!

/** One more step of the event loop than a burst takes. */
const turns = async () => {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}

test.each([2, 10, 64])('one packet of %s that waits holds its own bytes, beyond what four bursts hold', async (n) => {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const queue = await openQueue(kernel.connect(), { number: 0, maxLength: 100_000 })
  onTestFinished(() => queue.close())
  const { late, handler } = lateEvery(n)
  queue.run(handler)
  const outcomes: Promise<unknown>[] = []
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 64; i++) outcomes.push(kernel.deliver(datagram))
    await turns()
  }
  expect(queue.stats().received).toBe(30 * 64)
  expect(late.length).toBe(Math.floor((30 * 64) / n))
  // The rest holds exactly what it needs.
  expect(buffersOf(late).shared.length).toBe(4)
  for (const { view, copy, judge } of late) {
    expect(view).toEqual(copy)
    judge()
  }
  await Promise.all(outcomes)
  expect(queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 30 * 64 } })
})

test('when those that waited are judged, packets are not copied any more', async () => {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const queue = await openQueue(kernel.connect(), { number: 0 })
  onTestFinished(() => queue.close())
  const { late, handler } = lateEvery(1)
  queue.run(handler)
  const arrive = async () => {
    void kernel.deliver(datagram)
    void kernel.deliver(datagram)
    await turns()
  }
  for (let i = 0; i < 6; i++) await arrive()
  expect(buffersOf(late).own.length).toBe(4)
  for (const { judge } of late.splice(0)) judge()
  await arrive()
  expect(late.length).toBe(2)
  expect(buffersOf(late).shared.length).toBe(1)
})

test('a packet that cannot be copied, for want of memory, keeps what it came in', async () => {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const transport = kernel.connect()
  const receive = transport.receive.bind(transport)
  const none = () => {
    throw new RangeError('Array buffer allocation failed')
  }
  transport.receive = (receiver) =>
    receive({
      batch: (batch) => {
        if (batch.brief) Object.defineProperty(batch.bytes, 'slice', { value: none })
        receiver.batch(batch)
      },
      error: (error) => receiver.error(error),
    })
  const queue = await openQueue(transport, { number: 0 })
  onTestFinished(() => queue.close())
  const { late, handler } = lateEvery(1)
  queue.run(handler)
  const outcomes: Promise<unknown>[] = []
  for (let i = 0; i < 7; i++) {
    outcomes.push(kernel.deliver(datagram))
    await turns()
  }
  expect(late.length).toBe(7)
  expect(transport.leased).toBe(7)
  for (const { view, copy, judge } of late) {
    expect(view).toEqual(copy)
    judge()
  }
  expect(await Promise.all(outcomes)).toEqual(outcomes.map(() => expect.objectContaining({ verdict: 'accept' })))
  expect(transport.leased).toBe(0)
})
