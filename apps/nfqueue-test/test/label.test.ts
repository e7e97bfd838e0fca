import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from '../src/flows/label.ts'

/** A file and the names conntrack finds in it; `labels.kernel.test.ts` asks the tool itself. */
const files: readonly (readonly [text: string, names: Readonly<Record<number, string>>])[] = [
  ['# comment\n0 eth0-in\n 7\tcustomer \n\n12\nx 14\n', { 0: 'eth0-in', 7: 'customer' }],
  ['13 two words\n26 y\r\n5 a', { 13: 'two words', 26: 'y', 5: 'a' }],
  [
    '0x10 hex\n010 octal\n+20 plus\n9close\n08 a\n22 30\n',
    { 16: 'hex', 8: 'octal', 20: 'plus', 9: 'close', 0: '8 a', 22: '30' },
  ],
  ['5 first\n5 second\n6 first\n', { 5: 'first' }],
  ['-1 under\n128 over\n1 a,b\n2 a\tb\n3 é\n4 #y\n #5 x\n', {}],
]

test.each(files)('names of labels are read as conntrack reads them: %j', (text, names) => {
  expect(Object.fromEntries(parse(text))).toEqual(names)
})

test('any file is read', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('1', '9', ' ', '\t', '\n', 'a', '#') }), (text) => {
      for (const [label, name] of parse(text)) expect(label < 128 && name !== '').toBe(true)
    }),
  )
})
