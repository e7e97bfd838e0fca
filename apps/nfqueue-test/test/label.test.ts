import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from '../src/flows/label.ts'

test('names of labels are read as conntrack reads them', () => {
  const text = '# comment\n0 eth0-in\n 7\tcustomer \n\n128 none\n12\n13 two words\nx 14\n'
  expect([...parse(text)]).toEqual([
    [0, 'eth0-in'],
    [7, 'customer'],
  ])
})

test('any file is read', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('1', '9', ' ', '\t', '\n', 'a', '#') }), (text) => {
      for (const [label, name] of parse(text)) expect(label < 128 && name !== '').toBe(true)
    }),
  )
})
