import * as fc from 'fast-check'
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

test('packets are in the order in which they came, whichever leave, and however many come at a time', () => {
  const bursts = [{}, {}, {}, {}]
  const came = fc.record({ at: fc.nat({ max: 3 }), leaves: fc.option(fc.nat({ max: 9 })) })
  fc.assert(
    fc.property(fc.array(came, { maxLength: 40 }), (all) => {
      const pending = new Deadlines(Number.POSITIVE_INFINITY, () => {})
      const expected: Packet[] = []
      for (const [id, { at, leaves }] of all.entries()) {
        const one = { id, arrivedAt: at, burst: bursts[at] as unknown } as Packet
        pending.add(one)
        expected.push(one)
        const [gone] = leaves === null ? [] : expected.splice(leaves % expected.length, 1)
        if (gone) pending.remove(gone)
        expect(gone?.earlier ?? gone?.later).toBeUndefined()
        expect(pending.values().map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
        expect(pending.size).toBe(expected.length)
        expect(expected.map(({ earlier }) => earlier?.id)).toEqual(
          [undefined, ...expected.map(({ id }) => id)].slice(0, expected.length),
        )
      }
    }),
  )
})
