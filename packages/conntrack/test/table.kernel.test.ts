import { openMnl } from '@nfkit/mnl-native'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConntrackTable, openConntrack } from '../src/index.ts'
import { fill } from './fill.ts'

describe('a large table', () => {
  const entries = 200_000
  let ct: ConntrackTable
  beforeAll(async () => {
    ct = await openConntrack(openMnl())
    await ct.flush()
    const transport = openMnl()
    fill(transport, entries)
    transport.close()
  }, 120_000)
  afterAll(async () => {
    await ct.flush()
    ct.close()
  })

  test('is dumped whole, in memory that does not grow with it', { timeout: 120_000 }, async () => {
    expect(await ct.count()).toBe(entries)
    for await (const _ of ct.dump().batches());
    const before = process.memoryUsage()
    let count = 0
    let most = 0
    const marks = new Uint8Array(entries)
    for await (const flow of ct.dump()) {
      marks[flow.mark!] = 1
      if (++count % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss)
    }
    expect(count).toBe(entries)
    expect(marks.every((mark) => mark === 1)).toBe(true)
    // The table is 45 MB on the wire, and several times that as objects.
    expect((most - before.rss) / 2 ** 20).toBeLessThan(40)
  })

  test('waits for a slow consumer, and is let go of by one that leaves', { timeout: 120_000 }, async () => {
    let count = 0
    const rss = process.memoryUsage().rss
    for await (const batch of ct.dump().batches()) {
      count += batch.length
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (count > 50_000) break
    }
    expect((process.memoryUsage().rss - rss) / 2 ** 20).toBeLessThan(40)
    expect((await ct.dump({ mark: 77 }).toArray()).map((flow) => flow.mark)).toEqual([77])
  })

  test('is watched', { timeout: 120_000 }, async () => {
    await using watch = ct.watch({}, { resyncSeconds: 0 })
    for await (const batch of watch.batches()) if (batch.some(({ kind }) => kind === 'synced')) break
    expect(watch.size).toBe(entries)
  })
})
