import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { parse } from '../src/flows/label.ts'

test('names of labels are read as conntrack reads them', () => {
  const text = '# comment\n0 eth0-in\n 7\tcustomer \n\n128 none\n12\n13 two words\nx 14\n'
  expect([...parse(text)]).toEqual([
    [0, 'eth0-in'],
    [7, 'customer'],
  ])
})

test.prop([fc.string()])('any file is read', (text) => {
  for (const label of parse(text).keys()) expect(label).toBeLessThan(128)
})
