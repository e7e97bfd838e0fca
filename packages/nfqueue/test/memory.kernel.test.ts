import { openMnl } from '@nfkit/mnl-native'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { collect } from '../../../test/garbage.ts'
import { freshHost, rule, sendUdp, until } from '../../../test/host.ts'
import { openQueue } from '../src/index.ts'
import { lateEvery, memoryOf } from './late.ts'

const port = 5353

beforeEach(() => {
  freshHost()
  rule(`-A INPUT -p udp --dport ${port} -j NFQUEUE --queue-num 1`)
})

/** Slots of the slab a transport reads into, and bytes of each. */
const [slots, slotSize] = [62, 67_648]

/** Slabs there may be at most: the one that is read into, those that leases keep, and the one under way from this to that. */
const slabs = 6

/** Bytes outside the heap that are in use. */
async function external(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  return process.memoryUsage().arrayBuffers
}

test.each([16, 1400, 60_000])('one packet of ten that waits holds the bytes of no other: %s bytes', async (size) => {
  const before = await external()
  const queue = await openQueue(openMnl(), { number: 1, receiveBuffer: 16 << 20 })
  onTestFinished(() => queue.close())
  const { late, handler } = lateEvery(10)
  queue.run(handler)
  const packets = 16 * slots
  for (let sent = 0; sent < packets; sent += slots) {
    await sendUdp('127.0.0.1', port, Array<string>(slots).fill('x'.repeat(size)))
    await until(() => queue.stats().received === sent + slots, 'the packets')
  }
  expect(late.length).toBe(Math.floor(packets / 10))
  expect(memoryOf(late).shared.length).toBeLessThan(slabs)
  // With the copies of this test.
  const waiting = late.reduce((sum, { copy }) => sum + 3 * copy.length + 1024, 0)
  expect((await external()) - before).toBeLessThan(slabs * slots * slotSize + waiting)
  for (const { view, copy, judge } of late) {
    expect(Buffer.compare(view, copy)).toBe(0)
    judge()
  }
  expect(queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: packets } })
})
