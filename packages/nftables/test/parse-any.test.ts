import { formatAddress, formatHardwareAddress } from '@nfkit/inet'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { match, subject } from '../src/conditions/match.ts'
import { type Selector, selectors } from '../src/conditions/selector.ts'
import { type Datatype, datatypes } from '../src/datatype/datatype.ts'
import type { Interval, Value } from '../src/datatype/value.ts'
import { type Match, parse, printClause, RuleSyntaxError, table } from '../src/index.ts'
import { lowerRule } from '../src/lower/rule.ts'
import { conditions, statements } from './corpus.ts'

/** Properties of conditions made of every selector there is. */

/** Any value of what a selector selects. */
function value({ type, length, load }: Selector): fc.Arbitrary<Value> {
  const { shape, symbols }: Datatype = datatypes[type]
  const words = Object.keys(symbols)
  const most = load.from === 'payload' && load.bits ? 2n ** BigInt(load.bits.count) - 1n : 256n ** BigInt(length) - 1n
  switch (shape) {
    case 'address':
      return fc.uint8Array({ minLength: length, maxLength: length }).map(formatAddress)
    case 'hardware address':
      return fc.uint8Array({ minLength: 6, maxLength: 6 }).map(formatHardwareAddress)
    case 'interface':
      return fc.stringMatching(/^[a-z][a-z0-9]{0,8}\*?$/)
    case 'text':
      return fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
    case 'bits':
      return fc.uniqueArray(fc.constantFrom(...words), { minLength: 1 }).map((list) => list.join(','))
    case 'number': {
      const number = fc.bigInt({ min: 0n, max: most }).map((one) => (one <= 2n ** 53n ? Number(one) : one))
      return words.length === 0 ? number : fc.oneof(fc.constantFrom(...words), number)
    }
    default:
      return shape satisfies never
  }
}

/** Whatever can be made of a selector: what cannot be is left out. */
const anyMatch: fc.Arbitrary<Match> = fc
  .constantFrom(...selectors)
  .chain(([name, selector]) => {
    const one = value(selector)
    const interval: fc.Arbitrary<Interval> = fc.oneof(one, fc.record({ from: one, to: one }))
    const right = fc.oneof(
      interval.map((value) => ({ value })),
      fc.array(interval, { minLength: 1, maxLength: 4 }).map((list) => ({ list })),
      fc.constant({ set: 'some' }),
    )
    const op = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'any', 'none' as const)
    return fc.tuple(fc.constant(name), fc.option(one, { nil: undefined, freq: 8 }), op, right)
  })
  .map(([name, mask, op, right]) => {
    try {
      return match(subject([name], mask), op as Match['op'], right)
    } catch {
      return undefined
    }
  })
  .filter((made) => made !== undefined)

test('what is printed is read as the same', () => {
  fc.assert(
    fc.property(anyMatch, (made) => {
      expect(parse(printClause(made))).toEqual([made])
    }),
    { numRuns: 400 },
  )
})

test('what is made can be lowered', () => {
  const chain = table('inet', 'fw').chain('c')
  fc.assert(
    fc.property(anyMatch, (made) => {
      let id = 0
      const { expressions, origins } = lowerRule(chain.rule(made), 'expression', () => ++id)
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
