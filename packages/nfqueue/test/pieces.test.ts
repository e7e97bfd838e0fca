import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Burst } from '../src/packet/burst.ts'
import type { Memory } from '../src/packet/memory.ts'
import { isSmall } from '../src/packet/pieces.ts'

/** Bytes of a message somewhere in memory: aligned or not, and behind them others or the memory's end. */
const messages = fc.record({
  offset: fc.nat(5),
  start: fc.nat(40),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  more: fc.nat(5),
})
type Message = typeof messages extends fc.Arbitrary<infer T> ? T : never

/** Where a packet came to lie. */
interface Place {
  readonly memory: Memory
  readonly start: number
  readonly end: number
  readonly message: Message
}

/** A message that comes alone, apart from its burst. `taken` says whether it waits, and has let go of it where not. */
function come(message: Message, taken: (place: Place) => boolean): void {
  const { offset, start, bytes, more } = message
  const memory = new Uint8Array(new ArrayBuffer(offset + start + bytes.length + more), offset).fill(0xee)
  memory.set(bytes, start)
  const spans = Int32Array.of(start, bytes.length)
  const burst = new Burst({ bytes: memory, spans, length: 1, brief: true, release() {}, abandon() {} })
  const taker = {
    receive(memory: Memory, start: number, end: number) {
      memory.hold()
      return taken({ memory, start, end, message })
    },
  }
  try {
    burst.deliver(taker, start, start + bytes.length, true)
  } finally {
    burst.letGo()
    // Whoever is not apart would see this.
    memory.fill(0xdd)
  }
}

const seen = ({ memory, start, end }: Place) => memory.bytes.slice(start, end)
const bytesOf = (places: readonly Place[]) => places.map(({ message }) => message.bytes)

/**
 * What becomes of messages: one comes and waits, or is judged at once, or breaks its taker; others may come meanwhile, before that or after. Or one that waits
 * is judged, and views of it stay or not.
 */
interface Arrival {
  readonly message: Message
  readonly fate: 'waits' | 'is judged' | 'breaks'
  readonly before: readonly Arrival[]
  readonly after: readonly Arrival[]
}
/** One that comes, with others within it up to `depth` of them deep: a tree that may grow without end outgrows the stack. */
const arrivals = (depth: number): fc.Arbitrary<Arrival> => {
  const few = depth > 0 ? fc.array(arrivals(depth - 1), { maxLength: 1 }) : fc.constant([])
  return fc.record({
    message: messages,
    fate: fc.constantFrom('waits', 'waits', 'is judged', 'breaks'),
    before: few,
    after: few,
  })
}
const verdict = fc.record({ which: fc.nat(), views: fc.constantFrom(false, false, false, true) })

test('packets come and go in any order, and the bytes of those that wait or may be looked at stay', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(arrivals(4), verdict), { maxLength: 150 }), (steps) => {
      const waiting: Place[] = []
      const shown: Place[] = []
      const arrive = ({ message, fate, before, after }: Arrival): void => {
        const act = () =>
          come(message, (place) => {
            before.forEach(arrive)
            if (fate === 'waits') waiting.push(place)
            else place.memory.letGo()
            after.forEach(arrive)
            if (fate === 'breaks') throw new Error('ours')
            return fate === 'waits'
          })
        if (fate === 'breaks') expect(act).toThrow('ours')
        else act()
      }
      for (const step of steps) {
        if ('message' in step) {
          arrive(step)
        } else {
          const [place] = waiting.splice(step.which % Math.max(waiting.length, 1), 1)
          if (step.views) place?.memory.abandon()
          else place?.memory.letGo()
          if (place && step.views) shown.push(place)
        }
        expect(waiting.map(seen)).toEqual(bytesOf(waiting))
        expect(shown.map(seen)).toEqual(bytesOf(shown))
      }
      for (const { memory } of waiting) memory.letGo()
    }),
  )
})

const small = { offset: 0, start: 0, bytes: new Uint8Array(200), more: 0 }

function wait(count: number): Place[] {
  const places: Place[] = []
  for (let i = 0; i < count; i++) come(small, (place) => places.push(place) > 0)
  return places
}
const runsOf = (places: readonly Place[]) => new Set(places.map(({ memory }) => memory.bytes.buffer))

test('small packets that wait share memory, and it is used again, whatever their takers do', () => {
  const runs = new Set<ArrayBufferLike>()
  const breaking = () =>
    come(small, ({ memory }) => {
      memory.letGo()
      throw new Error('ours')
    })
  for (let round = 0; round < 50; round++) {
    const places = wait(399)
    expect(breaking).toThrow('ours')
    for (const run of runsOf(places)) runs.add(run)
    for (const { memory } of places) memory.letGo()
  }
  // Five lie in a piece, and four pieces in a run: twenty of them, and two that were begun before.
  expect(runs.size).toBeLessThanOrEqual(22)
})

test('where there is no memory for small packets, they stay where they came in', () => {
  const filled = wait(20)
  class None {
    constructor() {
      throw new RangeError('Array buffer allocation failed')
    }
  }
  const memory = new Uint8Array(200)
  const burst = new Burst({
    bytes: memory,
    spans: Int32Array.of(0, 200),
    length: 1,
    brief: true,
    release() {},
    abandon() {},
  })
  const where: Memory[] = []
  const taker = {
    receive(memory: Memory) {
      memory.hold()
      where.push(memory)
      return true
    },
  }
  vi.stubGlobal('ArrayBuffer', None)
  onTestFinished(() => void vi.unstubAllGlobals())
  // As many as unused memory has room for come before those.
  for (let i = 0; i < 10_000 && where.at(-1) !== burst; i++) burst.deliver(taker, 0, 200, true)
  expect(where.at(-1)).toBe(burst)
  for (const memory of where) memory.letGo()
  for (const { memory } of filled) memory.letGo()
})

test('of what many packets needed at once a megabyte is kept, and no more', () => {
  const peak = wait(30_000)
  const runs = runsOf(peak)
  expect(runs.size).toBeGreaterThan(1_400)
  for (const { memory } of peak) memory.letGo()
  const again = wait(30_000)
  const kept = [...runsOf(again)].filter((run) => runs.has(run))
  expect(kept.length).toBeGreaterThan(200)
  expect(kept.length).toBeLessThanOrEqual(258)
  for (const { memory } of again) memory.letGo()
})

test('a small one shares its memory with others, a large one has its own', () => {
  expect([511, 512, 513].map(isSmall)).toEqual([true, true, false])
  const large = { ...small, bytes: new Uint8Array(513) }
  const places: Place[] = []
  for (let i = 0; i < 2; i++) come(large, (place) => places.push(place) > 0)
  expect([...runsOf(places)].map(({ byteLength }) => byteLength)).toEqual([513, 513])
})
