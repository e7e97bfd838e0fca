import { expect, test } from 'vitest'
import { type CaptureRecord, readCapture } from '../src/index.ts'
import { pcap, pcapng, plain } from './written.ts'

const wanted = plain(
  Array.from({ length: 9 }, (_, i) => new Uint8Array(20 + i).fill(i)),
  700_000_000n,
)
const whole = pcap(wanted)
const numbers = wanted.map((_, i) => i + 1)

/** Chunks of so many bytes, each in a turn of its own; `closed` counts who closed it. */
function chunked(bytes: Uint8Array, size: number) {
  const source = {
    closed: 0,
    async *[Symbol.asyncIterator]() {
      try {
        for (let at = 0; at < bytes.length; at += size) {
          await new Promise((resolve) => setImmediate(resolve))
          yield bytes.subarray(at, at + size)
        }
      } finally {
        source.closed++
      }
    },
  }
  return source
}

const numberOf = ({ value }: IteratorResult<CaptureRecord, unknown>) => (value as CaptureRecord | undefined)?.number

test.each([
  ['pcap', whole],
  ['pcapng', pcapng(wanted)],
])('%s: chunks of any size make the same records', async (_, bytes) => {
  for (let size = 1; size < bytes.length + 1; size += size < 64 ? 1 : 37) {
    const found: CaptureRecord[] = []
    for await (const record of readCapture(chunked(bytes, size))) found.push(record)
    expect(found.map(({ number }) => number)).toEqual(numbers)
    expect(found.map(({ bytes }) => bytes)).toEqual(wanted.map(({ bytes }) => bytes))
    expect(found.map(({ timestampNs }) => timestampNs)).toEqual(wanted.map(({ timestampNs }) => timestampNs))
  }
})

test.each([7, 50, 1_000])('records that are asked for at once come in order, from chunks of %i bytes', async (size) => {
  const source = chunked(whole, size)
  const records = readCapture(source)[Symbol.asyncIterator]()
  const order: number[] = []
  const calls = Array.from({ length: 12 }, async (_, i) => {
    const result = await records.next()
    order.push(i)
    return result
  })
  // Some come later, while the others wait.
  await new Promise((resolve) => setImmediate(resolve))
  const later = Array.from({ length: 3 }, () => records.next())
  expect((await Promise.all(calls)).map(numberOf)).toEqual([...numbers, undefined, undefined, undefined])
  expect((await Promise.all(later)).map(({ done }) => done)).toEqual([true, true, true])
  expect(order).toEqual(order.map((_, i) => i))
  expect(source.closed).toBe(1)
})

test('a loop that is ended while it waits gives what was asked for before, closes, and gives no more', async () => {
  const source = chunked(whole, 10)
  const records = readCapture(source)[Symbol.asyncIterator]()
  const [first, second, end, after] = [records.next(), records.next(), records.return!(), records.next()]
  expect([await first, await second].map(numberOf)).toEqual([1, 2])
  expect(await end).toEqual({ done: true, value: undefined })
  expect(source.closed).toBe(1)
  expect((await after).done).toBe(true)
})

test('a loop that is ended before it began opens nothing', async () => {
  const source = chunked(whole, 10)
  const records = readCapture(source)[Symbol.asyncIterator]()
  expect((await records.return!()).done).toBe(true)
  expect((await records.next()).done).toBe(true)
  expect(source.closed).toBe(0)
})

test('of several that wait one hears what is wrong; those behind it, that it is over', async () => {
  const source = chunked(whole.subarray(0, -3), 25)
  const records = readCapture(source)[Symbol.asyncIterator]()
  const results = await Promise.allSettled(Array.from({ length: 11 }, () => records.next()))
  expect(results.slice(0, 8).map((result) => numberOf((result as PromiseFulfilledResult<never>).value))).toEqual(
    numbers.slice(0, 8),
  )
  expect(results[8]).toMatchObject({ status: 'rejected', reason: { problem: 'truncated' } })
  expect(results.slice(9)).toMatchObject([
    { status: 'fulfilled', value: { done: true } },
    { status: 'fulfilled', value: { done: true } },
  ])
  expect(source.closed).toBe(1)
})

test('a source that cannot be closed is told to who ends the loop', async () => {
  const once = [whole].values()
  const broken = {
    [Symbol.asyncIterator]: () => ({
      next: async () => once.next(),
      return: async () => Promise.reject(new Error('no closing')),
    }),
  }
  const leaving = async () => {
    for await (const _ of readCapture(broken)) break
  }
  await expect(leaving()).rejects.toThrow('no closing')
})
