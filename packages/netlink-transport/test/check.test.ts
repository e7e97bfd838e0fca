import { expect, test } from 'vitest'
import { type Checks, check, nearest, type OptionNames } from '../src/index.ts'

interface Sample {
  readonly maxLength?: number
  readonly failOpen?: boolean
}
const names: OptionNames<Sample> = { maxLength: true, failOpen: true }
const misspelt = (given: object) => () => check.options('open', given as Sample, names)

test('a misspelt option is refused by name, with the nearest one', () => {
  const given = { maxLength: 1, failOpen: undefined }
  expect(check.options('open', given, names)).toBe(given)
  expect(misspelt({ maxLenght: 1 })).toThrow(
    new TypeError('open: there is no option "maxLenght"; did you mean "maxLength"?'),
  )
  expect(misspelt({ fail_open: true })).toThrow('did you mean "failOpen"?')
  expect(misspelt({ colour: 1 })).toThrow('open: there is no option "colour"; there are maxLength, failOpen')
  for (const inherited of ['toString', 'constructor', 'hasOwnProperty'])
    expect(misspelt({ [inherited]: 1 })).toThrow(TypeError)
  expect(misspelt(JSON.parse('{"__proto__": 1}'))).toThrow('"__proto__"')
  for (const none of [null, undefined, 5, 'maxLength', []])
    expect(misspelt(none as unknown as object), String(none)).toThrow('no object with options')
})

test('numbers, delays, flags and words outside of what is allowed are refused with what is', () => {
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 11, '5', 5n, null, undefined, {}])
    expect(() => check.whole('size', wrong, 0, 10), String(wrong)).toThrow(RangeError)
  expect(() => check.whole('size', '5', 0, 10)).toThrow('size: "5" is no whole number from 0 to 10')
  for (const wrong of [Number.NaN, 0, -1, 2 ** 31, Number.NEGATIVE_INFINITY, '5000', 5n, null])
    expect(() => check.milliseconds('deadline', wrong), String(wrong)).toThrow(RangeError)
  expect([0.5, 2 ** 31 - 1, Infinity].map((value) => check.milliseconds('deadline', value))).toHaveLength(3)
  for (const wrong of ['false', 0, null]) expect(() => check.flag('on', wrong), String(wrong)).toThrow(TypeError)
  expect(check.word('mode', 'meta', { none: 0, meta: 1 })).toBe('meta')
  expect(() => check.word('mode', 'mtea', { none: 0, meta: 1 })).toThrow(
    'mode: "mtea" is none of none, meta; did you mean "meta"?',
  )
  for (const wrong of ['toString', 'constructor', '__proto__', 0, null])
    expect(() => check.word('mode', wrong, { none: 0 }), String(wrong)).toThrow(RangeError)
})

test('a table of checks names the options, and checks those that are given', () => {
  const checks: Checks<Sample> = {
    maxLength: (value) => check.whole('maxLength', value, 1, 10),
    failOpen: (value) => check.flag('failOpen', value),
  }
  const given = { maxLength: 1, failOpen: undefined }
  expect(check.all('open', given, checks)).toBe(given)
  expect(() => check.all('open', { maxLength: 11 }, checks)).toThrow('maxLength: 11 is no whole number from 1 to 10')
  expect(() => check.all('open', { failOpne: true } as Sample, checks)).toThrow('did you mean "failOpen"?')
  expect(() => check.callable('where', {})).toThrow(new TypeError('where: an object is no function'))
  check.signal('signal', AbortSignal.abort())
  for (const wrong of [new AbortController(), undefined, null, true])
    expect(() => check.signal('signal', wrong)).toThrow(
      new TypeError(`signal: ${check.shown(wrong)} is no AbortSignal: that of a controller is \`controller.signal\``),
    )
})

test('a message stays short, however long what it refuses is', () => {
  const long = 'x'.repeat(1_000_000)
  expect(() => check.word('mode', long, { none: 0 })).toThrow(/^.{1,120}$/)
  expect(misspelt({ [long]: 1 })).toThrow(/^.{1,160}$/)
})

test('the nearest word is one a finger away, and there need not be one', () => {
  const words = ['accept', 'drop', 'repeat', 'stop']
  expect(['acept', 'accpet', 'Drop', 'dropp', 'repaet'].map((word) => nearest(word, words))).toEqual([
    'accept',
    'accept',
    'drop',
    'drop',
    'repeat',
  ])
  expect(nearest('reject', words)).toBeUndefined()
  expect(nearest('', words)).toBeUndefined()
})
