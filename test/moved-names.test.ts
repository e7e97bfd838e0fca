import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { entries, Surface } from './docs/surface.ts'

const root = join(import.meta.dirname, '..')
const guide = readFileSync(join(root, 'docs/guides/from-0.1.0.md'), 'utf8')
const changeset = join(root, '.changeset/names.md')

/** The names each import had in 0.1.0. */
const before: { readonly [entry: string]: readonly string[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'docs/exports-0.1.0.json'), 'utf8'),
)

const surface = new Surface()
const now = new Map(entries.map((entry) => [entry.name, surface.exportsOf(entry).map(({ name }) => name)]))
const has = (entry: string, name: string) => now.get(entry)?.includes(name) === true

/** The tables of a text, as they stand there. */
const tablesOf = (text: string): string[] => text.match(/(?:^\|.*\n)+/gm) ?? []

/** Names by the import that has them, of one cell: `` `@nfkit/inet`: `keyOf` `mirror` ``. */
const placesOf = (cell: string) =>
  Array.from(cell.matchAll(/`(@nfkit\/[^`]+)`(?:: ((?:`\w+` ?)+))?/g), ([, entry, names = '']) => ({
    entry: entry!,
    names: Array.from(names.matchAll(/\w+/g), ([name]) => name),
  }))

const moves = tablesOf(guide)[0]!
  .split('\n')
  .slice(2, -1)
  .map((row) => row.split(' | ').map(placesOf))
  .map(([from, to]) => ({ from: from![0]!, to: to! }))

test('every name that an import has lost is in the table', () => {
  const lost = Object.entries(before).flatMap(([entry, names]) =>
    names.filter((name) => !has(entry, name)).map((name) => `${name} of ${entry}`),
  )
  const told = moves.flatMap(({ from }) => from.names.map((name) => `${name} of ${from.entry}`))
  expect(lost.length).toBeGreaterThan(150)
  expect(told.toSorted()).toEqual(lost.toSorted())
})

test('every name is where the table says it went', () => {
  const missing = moves.flatMap(({ from, to }) =>
    to.flatMap(({ entry, names }) => {
      const expected = names.length > 0 ? names : from.names
      return expected.filter((name) => !has(entry, name)).map((name) => `${name} of ${entry}`)
    }),
  )
  expect(missing).toEqual([])
})

/** A release turns changesets into change logs. */
test.skipIf(!existsSync(changeset))('the changeset has the same tables', () => {
  expect(tablesOf(readFileSync(changeset, 'utf8'))).toEqual(tablesOf(guide))
})
