import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { commonSequence } from '../src/apply/sequence.ts'

const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })

test('what is kept is the same, and in order', () => {
  fc.assert(
    fc.property(list, list, (from, to) => {
      const kept = commonSequence(from, to).kept
      expect(kept.length).toBe(to.length)
      const places = kept.filter((at) => at !== undefined)
      expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
      for (const [i, at] of kept.entries()) if (at !== undefined) expect(from[at]).toBe(to[i])
    }),
  )
})

test('as much as possible is kept', () => {
  const most = (a: readonly string[], b: readonly string[]): number => {
    if (a.length === 0 || b.length === 0) return 0
    const [x, y] = [a.slice(1), b.slice(1)]
    return a[0] === b[0] ? 1 + most(x, y) : Math.max(most(x, b), most(a, y))
  }
  const short = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 7 })
  fc.assert(
    fc.property(short, short, (from, to) => {
      expect(commonSequence(from, to).kept.filter((at) => at !== undefined).length).toBe(most(from, to))
    }),
  )
})

test('long lists that have nothing in common are made anew, in bounded work', () => {
  const from = Array.from({ length: 20_000 }, (_, i) => `old ${i}`)
  const to = Array.from({ length: 20_000 }, (_, i) => `new ${i}`)
  expect(
    commonSequence(['same', ...from, 'end'], ['same', ...to, 'end']).kept.filter((at) => at !== undefined),
  ).toEqual([0, 20_001])
})
