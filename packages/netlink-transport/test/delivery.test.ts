import { expect, test } from 'vitest'
import type { Batch } from '../src/index.ts'
import { Delivery } from '../src/memory/index.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A transport whose receiver answers nothing. */
const silent = { send: () => {}, sendLimit: 0 }

/** A source of numbers, each a datagram, which tells what was delivered, and in which turn of the event loop. */
class Source {
  readonly waiting: number[] = []
  readonly delivered: number[] = []
  readonly batches: { readonly turn: number; readonly length: number }[] = []
  /** What comes of a datagram. */
  received: (number: number) => unknown = () => {}
  readonly delivery: Delivery
  #turn = 0

  constructor(burst?: number) {
    const whole = 64
    this.delivery = new Delivery(silent, {
      isReadable: () => this.waiting.length > 0,
      turn: (most) => {
        const read = this.waiting.splice(0, burst === undefined ? whole : most)
        this.delivery.batch(read.map((number) => Uint8Array.of(number)))
      },
      ...(burst !== undefined && { burst: () => burst }),
    })
    this.delivery.receive({ batch: (batch) => this.#batch(batch), error: () => {} })
  }

  send(number: number): void {
    const before = this.delivered.length
    this.waiting.push(number)
    this.delivery.arrived()
    expect(this.delivered).toHaveLength(before)
  }

  /** Turns of the event loop pass; other work comes in each of them. */
  async turns(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await turn()
      this.#turn++
    }
  }

  /** How many came in each turn in which some did. */
  get perTurn(): number[] {
    const counts: number[] = []
    for (const { turn, length } of this.batches) counts[turn] = (counts[turn] ?? 0) + length
    return counts.filter((count) => count > 0)
  }

  #batch({ bytes, spans, length, release }: Batch): void {
    this.batches.push({ turn: this.#turn, length })
    for (let i = 0; i < length; i++) {
      const number = bytes[spans[2 * i]!]!
      this.delivered.push(number)
      this.received(number)
    }
    release()
  }
}

/** Each datagram brings about the next one, some promises later, up to the last. */
const chained = (source: Source, last: number) => async (number: number) => {
  for (let i = 0; i < 5; i++) await undefined
  if (number < last) source.send(number + 1)
}

test('what comes of a delivery comes in the same turn, up to the burst, and then other work has its turn', async () => {
  const source = new Source(8)
  source.received = chained(source, 20)
  source.send(1)
  await source.turns(12)
  expect(source.delivered).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  expect(source.perTurn).toEqual([8, 8, 4])
  expect(source.batches).toHaveLength(20)
})

test('a source without a burst is read once a turn', async () => {
  const source = new Source()
  source.received = chained(source, 4)
  source.send(1)
  await source.turns(10)
  expect(source.delivered).toEqual([1, 2, 3, 4])
  expect(source.perTurn).toEqual([1, 1, 1, 1])
})

test('what a burst leaves, and what is sent while it is delivered, waits for the next turn', async () => {
  const source = new Source(3)
  source.received = (number) => number === 1 && source.send(9)
  for (const number of [1, 2, 3, 4, 5]) source.send(number)
  await source.turns(8)
  expect(source.delivered).toEqual([1, 2, 3, 4, 5, 9])
  expect(source.batches.map(({ length }) => length)).toEqual([3, 3])
  expect(source.perTurn).toEqual([3, 3])
})

test('a turn delivers no more than a burst, however it comes', async () => {
  const source = new Source(4)
  source.received = async (number) => {
    await undefined
    if (number < 3) for (let i = 0; i < 6; i++) source.send(10 * number + i)
  }
  source.send(1)
  source.send(2)
  await source.turns(10)
  expect(source.delivered).toHaveLength(14)
  expect(Math.max(...source.perTurn)).toBeLessThanOrEqual(4)
})

test('a receiver that pauses in between is left alone until it resumes', async () => {
  const source = new Source(8)
  const next = chained(source, 5)
  source.received = (number) => {
    if (number === 3) source.delivery.pause()
    return next(number)
  }
  source.send(1)
  await source.turns(5)
  expect(source.delivered).toEqual([1, 2, 3])
  source.delivery.resume()
  await source.turns(5)
  expect(source.delivered).toEqual([1, 2, 3, 4, 5])
})

test('a receiver that throws costs the datagrams behind it nothing', async () => {
  const source = new Source(8)
  const next = chained(source, 5)
  const uncaught: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  source.received = (number) => {
    void next(number)
    if (number === 2 || number === 4) throw new Error(`no ${number}`)
  }
  source.send(1)
  await source.turns(8)
  process.removeAllListeners('uncaughtException')
  for (const listener of others) process.on('uncaughtException', listener)
  expect(source.delivered).toEqual([1, 2, 3, 4, 5])
  expect(uncaught).toMatchObject([{ message: 'no 2' }, { message: 'no 4' }])
})
