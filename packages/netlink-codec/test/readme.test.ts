import { readFileSync } from 'node:fs'
import * as inet from '@nfkit/inet'
import { expect, test, vi } from 'vitest'
import { table } from '../src/schema/table.ts'
import { surface as codec } from './everything.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const [, example] = /```ts\n(.*?)```/s.exec(readme)!

test('the example runs, and prints what it says', () => {
  const log = vi.fn<(line: unknown) => void>()
  const body = example!.replace(/^import (\{[^}]*\}) from '[^']+'$/gm, 'const $1 = all')
  new Function('all', 'console', body)({ ...codec, ...inet }, { log })
  const said = [...body.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text)
  expect(said.length).toBeGreaterThan(3)
  expect(log.mock.calls.map(([line]) => String(line))).toEqual(said)
})

test('what it names is exported', () => {
  const named = [...readme.matchAll(/`(?:new )?([a-zA-Z]+)\(/g)].map(([, name]) => name!)
  expect(named.length).toBeGreaterThan(12)
  const exported = new Set([...Object.keys(codec), ...Object.keys(inet), 'anyOf', 'toString'])
  for (const name of named.filter((name) => !['get', 'nest', 'attrs'].includes(name))) expect(exported).toContain(name)
})

test('the row it shows is one of the table', () => {
  const { cgroupClassid } = codec.nfqa.rows
  expect(readme).toContain(
    `cgroupClassid: attr(${cgroupClassid.id}, hex(be32), '${cgroupClassid.doc}', { since: '${cgroupClassid.since}' })`,
  )
  expect(table('X', '1', '', { cgroupClassid }).slots[0]!.name).toBe('X_CGROUP_CLASSID')
})
