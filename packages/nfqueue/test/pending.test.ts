import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Deadlines } from '../src/judging/deadlines.ts'
import type { Packet } from '../src/packet/packet.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const packet = (id: number) => ({ id, arrivedAt: performance.now() }) as Packet

function pending(deadlineMilliseconds: number) {
  const expired: number[] = []
  const all = new Deadlines(deadlineMilliseconds, (late) => {
    for (const packet of late) {
      expired.push(packet.id)
      all.remove(packet)
    }
  })
  return { all, expired }
}

test('each packet expires at its own deadline', () => {
  const { all, expired } = pending(100)
  all.add(packet(1))
  vi.advanceTimersByTime(60)
  all.add(packet(2))
  vi.advanceTimersByTime(39)
  expect(expired).toEqual([])
  vi.advanceTimersByTime(1)
  expect(expired).toEqual([1])
  vi.advanceTimersByTime(59)
  expect(expired).toEqual([1])
  vi.advanceTimersByTime(1)
  expect(expired).toEqual([1, 2])
  expect(all.size).toBe(0)
})

test('judged packets do not expire, and the timer goes on for the others', () => {
  const { all, expired } = pending(100)
  const first = packet(1)
  all.add(first)
  vi.advanceTimersByTime(50)
  all.add(packet(2))
  all.remove(first)
  vi.advanceTimersByTime(99)
  expect(expired).toEqual([])
  vi.advanceTimersByTime(1)
  expect(expired).toEqual([2])
})

test('no deadline, no timer; stopped, no timer', () => {
  const { all, expired } = pending(Number.POSITIVE_INFINITY)
  all.add(packet(1))
  expect(vi.getTimerCount()).toBe(0)
  const { all: stopped } = pending(100)
  stopped.add(packet(1))
  stopped.stop()
  vi.advanceTimersByTime(1_000)
  expect(expired).toEqual([])
})
