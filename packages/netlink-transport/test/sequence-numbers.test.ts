import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SequenceNumbers } from '../src/connection/sequence-numbers.ts'

test('a run of numbers does not reach over the end: it starts anew', () => {
  const numbers = new SequenceNumbers(8)
  expect(numbers.take(5, new Set())).toBe(1)
  expect(numbers.take(2, new Set())).toBe(6)
  expect(numbers.take(2, new Set())).toBe(1)
  expect(numbers.take(1, new Set())).toBe(3)
})

test('no number of a run is in use, wherever those in use lie', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 40 })), fc.integer({ min: 1, max: 8 }), (used, count) => {
      const inUse = new Set(used)
      const numbers = new SequenceNumbers(500)
      for (let i = 0; i < 6; i++) {
        const first = numbers.take(count, inUse)
        const run = Array.from({ length: count }, (_, n) => first + n)
        expect(first).toBeGreaterThanOrEqual(1)
        expect(run.filter((n) => inUse.has(n))).toEqual([])
        for (const n of run) inUse.add(n)
      }
    }),
  )
})

test('numbers of an inherited socket begin anywhere, and leave as many', () => {
  const firsts = Array.from({ length: 1_000 }, () => SequenceNumbers.elsewhere().take(1, new Set()))
  expect(new Set(firsts).size).toBeGreaterThan(990)
  expect(Math.min(...firsts)).toBeGreaterThan(0)
  const reserved = Array.from({ length: 1_000 }, () => SequenceNumbers.elsewhere().reserve(0x1_0000))
  expect(new Set(reserved).size).toBeGreaterThan(990)
  expect(Math.min(...reserved)).toBeGreaterThan(0x7000_0000)
  expect(Math.max(...reserved)).toBeLessThanOrEqual(0xffff_0000)
})
