import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Waiting } from '../src/hooks/waiting.ts'

const anySteps = fc.array(
  fc.record({ does: fc.constantFrom('set', 'delete', 'delete first', 'get'), key: fc.nat(5), value: fc.nat() }),
)

test('what waits is what a map would hold, in its order', () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const [waiting, map] = [new Waiting<number, number>(), new Map<number, number>()]
      for (const { does, key, value } of steps) {
        const at = does === 'delete first' ? (map.keys().next().value ?? key) : key
        if (does === 'set') {
          waiting.set(at, value)
          map.set(at, value)
        } else if (does === 'get') expect(waiting.get(at)).toBe(map.get(at))
        else expect(waiting.delete(at)).toBe(map.delete(at))
        expect([...waiting]).toEqual([...map])
        expect(waiting.size).toBe(map.size)
      }
    }),
  )
})

test('one that is deleted while others are looked at comes no more', () => {
  const waiting = new Waiting<string, number>()
  for (const [at, key] of ['a', 'b', 'c'].entries()) waiting.set(key, at)
  const seen: string[] = []
  for (const [key] of waiting) {
    seen.push(key)
    waiting.delete(key)
    waiting.delete('b')
  }
  expect(seen).toEqual(['a', 'c'])
  expect(waiting.size).toBe(0)
})
