import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse, printClause, RuleSyntaxError, table } from '../src/index.ts'
import { lowerRule } from '../src/lower/rule.ts'
import { anyMatch } from './any.ts'
import { conditions, statements } from './corpus.ts'

/** Properties of conditions made of every selector there is. */

test('what is printed is read as the same', () => {
  fc.assert(
    fc.property(anyMatch, (made) => {
      expect(parse(printClause(made))).toEqual([made])
    }),
    { numRuns: 400 },
  )
})

test('what is made can be lowered', () => {
  const chains = { arp: table('arp', 'fw').chain('c'), others: table('inet', 'fw').chain('c') }
  fc.assert(
    fc.property(anyMatch, (made) => {
      let id = 0
      const { expressions, origins } = lowerRule(
        chains[made.left[0]!.startsWith('arp') ? 'arp' : 'others'].rule(made),
        'expression',
        () => ++id,
      )
      expect(expressions.length).toBe(origins.length)
      expect(expressions.at(-1)?.name).toMatch(/cmp|range|lookup/)
    }),
    { numRuns: 400 },
  )
})

test('whatever is read, it is a rule or a RuleSyntaxError', () => {
  const words = [...conditions, ...statements].flatMap((text) => text.split(' '))
  const damaged = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((list) => list.join(' ')),
  )
  fc.assert(
    fc.property(damaged, (text) => {
      try {
        parse(text)
      } catch (error) {
        expect(error).toBeInstanceOf(RuleSyntaxError)
        const { offset } = error as RuleSyntaxError
        expect(offset >= 0 && offset <= text.length).toBe(true)
      }
    }),
    { numRuns: 1000 },
  )
})

test('a rule without an end is refused before it is read', () => {
  expect(() => parse(`ip saddr { ${'10.0.0.1, '.repeat(10_000)}`)).toThrow(RuleSyntaxError)
})
