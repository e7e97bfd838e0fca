import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const packages = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(packages, path), 'utf8')
const kinds = (text: string) => Array.from(text.matchAll(/kind: '([a-z ]+)'/g), ([, kind]) => kind!)

const all = [...new Set(kinds(read('simulator/src/faults/fault.ts')))]

/** Faults that cannot happen to what a package does, and why. */
const impossible: { readonly [name: string]: { readonly [kind: string]: string } } = {
  simulator: {},
  nfqueue: {
    'interrupted dump': 'a queue dumps nothing',
    'failed dump': 'a queue dumps nothing',
    'no socket': 'a queue has the one socket it was given',
  },
  conntrack: {
    'queue stolen': 'the table has no queues',
    'next id': 'the table has no queues',
    'interface down': 'connections outlive interfaces',
  },
}

test('there are as many as the README tells of', () => {
  const readme = read('simulator/README.md')
  const section = readme.slice(readme.indexOf('## Faults'), readme.indexOf('## Kernels'))
  const rows = Array.from(section.matchAll(/^\| (`.*?`) +\|/gm), ([, cell]) => cell!.replaceAll('`', '').split(', '))
  expect(rows.flat().sort()).toEqual([...all].sort())
})

describe.each(Object.entries(impossible))('the tests of %s', (name, exceptions) => {
  const files = readdirSync(join(packages, name, 'test')).filter((file) => file.endsWith('.test.ts'))
  const text = files.map((file) => read(join(name, 'test', file))).join('\n')

  test.each(all)('have %s, or it cannot happen', (kind) => {
    expect(text.includes(`'${kind}'`)).toBe(exceptions[kind] === undefined)
  })
})
