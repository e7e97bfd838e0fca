import { expect, test } from 'vitest'
import { Clock } from '../src/clock.ts'
import { Collector } from '../src/conntrack/table/collector.ts'
import { Connection } from '../src/conntrack/table/connection.ts'

const end = new Uint8Array(4)
const original = { family: 2, source: end, destination: end, protocol: 17, ported: true, from: 1, to: 2 }
const confirmed = 8

/** When, in seconds, a collector looks at entries that expire then. */
function looks(expire: readonly number[], seconds: number): readonly number[] {
  const clock = new Clock(0n)
  const entries = new Set<Connection>()
  const seen: number[] = []
  const collector = new Collector(clock, {
    get all() {
      seen.push(clock.uptime / 1000)
      return [...entries]
    },
    get isInUse() {
      return entries.size > 0
    },
    expire: (entry) => entries.delete(entry),
  })
  for (const [i, second] of expire.entries()) {
    const entry = new Connection(i, original, undefined, { id: 0, direction: 'both' })
    entry.status = confirmed
    entry.expires = 1000 * second
    entries.add(entry)
  }
  collector.start()
  clock.advance(seconds)
  return seen
}

test('a small table is looked at each minute, until nothing is left in it', () => {
  expect(looks([30, 70, 119], 600)).toEqual([60, 120])
  expect(looks([3_000], 300)).toEqual([60, 120, 180, 240, 300])
  expect(looks([], 300)).toEqual([60])
})

test('a large one as soon as its entries will have expired on average, and at whole minutes', () => {
  // 900 that have 15 seconds left, and 100 that seem to have 60.
  expect(looks(new Array(900).fill(75), 200)).toEqual([60, 80])
  expect(looks([...new Array(900).fill(75), 500], 200)).toEqual([60, 80, 120, 180])
})

test('entries that expire soon or late are no reason to look more than once a second, or less than once a minute', () => {
  expect(looks(new Array(100_000).fill(60.5), 100)).toEqual([60, 62])
  expect(looks(new Array(1_000).fill(100_000), 180)).toEqual([60, 120, 180])
})
