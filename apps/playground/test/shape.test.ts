import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '../src/protocol/limits.ts'
import { type Scene, scene } from '../src/protocol/scene.ts'
import { list, number, object, optional, ShapeError, text, word } from '../src/protocol/shape.ts'

const empty: Scene = { uptime: 0, journeys: [], untold: 0, ruleset: [], connections: [], queues: [], notes: [] }
const journey = { id: 1, at: 0, packet: 'p', way: 'input', verdict: 'accept', reason: 'passed', mark: 0, steps: [] }

test('a scene comes through as it is, and without what is no part of one', () => {
  expect(scene({ ...empty, journeys: [journey], html: '<b>' }, 'scene')).toEqual({ ...empty, journeys: [journey] })
})

test.each<[string, object, string]>([
  [
    'too many packets',
    { journeys: Array(limits.journeys + 1).fill(journey) },
    'scene.journeys is not a list of up to 500',
  ],
  [
    'too long a line',
    { ruleset: [{ text: 'x'.repeat(limits.line + 1) }] },
    'scene.ruleset[0].text is not text of up to 2000',
  ],
  [
    'another verdict',
    { journeys: [{ ...journey, verdict: 'maybe' }] },
    'scene.journeys[0].verdict is not accept or drop or reject',
  ],
  ['no number', { uptime: Number.NaN }, 'scene.uptime is not a number'],
  [
    'an object for text',
    { notes: [{ from: 'code', text: { toString: () => 'x' } }] },
    'scene.notes[0].text is not text',
  ],
])('%s is refused by its place', (_, part, message) => {
  expect(() => scene({ ...empty, ...part }, 'scene')).toThrow(ShapeError)
  expect(() => scene({ ...empty, ...part }, 'scene')).toThrow(message)
})

test('of any JSON a shape takes what it says, or refuses', () => {
  const shape = object({ a: text(3), b: optional(number(0, 9)), c: list(word('x', 'y'), 2) })
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      try {
        expect(Object.keys(shape(value, 'value')).every((name) => 'abc'.includes(name))).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(ShapeError)
      }
    }),
  )
})

test('the policy of the sandbox allows its own script, by its hash, and nothing from anywhere', () => {
  const page = readFileSync(join(import.meta.dirname, '../public/sandbox.html'), 'utf8')
  const hash = createHash('sha256')
    .update(/<script>([\s\S]*)<\/script>/.exec(page)![1]!)
    .digest('base64')
  expect(/content="(default-src[^"]*)"/.exec(page)![1]).toBe(
    `default-src 'none'; connect-src 'none'; worker-src blob:; script-src 'unsafe-eval' 'sha256-${hash}'`,
  )
})
