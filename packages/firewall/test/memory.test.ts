import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { JudgedConnection } from '../src/index.ts'
import { Memory } from '../src/judging/memory.ts'
import type { FirewallVerdict } from '../src/marks.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const epoch = { serial: 0, number: 0 }
const connection = { isTracked: true, tuple: undefined, original: undefined } as JudgedConnection
const decided = (verdict: FirewallVerdict) => ({ verdict, epoch, connection })

test('what is over is not kept behind what lasts', () => {
  const memory = new Memory(8_192)
  for (let second = 0; second < 100; second++) {
    memory.set(`dropped ${second}`, decided('drop'))
    for (let i = 0; i < 50; i++) memory.set(`accepted ${second} ${i}`, decided('accept'))
    vi.advanceTimersByTime(1_500)
  }
  // Of 150 s: what was dropped within 130 s, and what was accepted in the last one.
  expect(memory.size).toBeLessThan(150)
  expect(memory.get('dropped 99', epoch)?.verdict).toBe('drop')
  expect(memory.get('dropped 5', epoch)).toBeUndefined()
})

test('what another has left is forgotten when its time is over, in whatever order it came', () => {
  const memory = new Memory(8_192)
  const left = (key: string, milliseconds: number) => ({
    ...{ key, milliseconds, verdict: 'drop' as const },
    connection,
  })
  memory.takeOver([left('long', 100_000), left('short', 1_000), left('middle', 50_000)], epoch)
  memory.set('own', decided('drop'))
  vi.advanceTimersByTime(60_000)
  memory.set('another', decided('accept'))
  expect(memory.size).toBe(3)
  expect(
    memory
      .left(epoch)
      .map(({ key }) => key)
      .sort(),
  ).toEqual(['another', 'long', 'own'])
})

test('the oldest makes room', () => {
  const memory = new Memory(3)
  for (const key of ['a', 'b', 'c', 'd', 'b']) memory.set(key, decided('drop'))
  memory.set('e', decided('accept'))
  expect([...'abcde'].filter((key) => memory.get(key, epoch))).toEqual(['b', 'd', 'e'])
})
