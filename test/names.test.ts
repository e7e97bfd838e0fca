import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { called } from '../apps/nfqueue-test/src/cli/called.ts'
import { published, root } from './packaging/published.ts'

const files = execFileSync('git', ['ls-files', '*.md', '*.ts', '*.mjs', '*.1', '*.json', '*.yml', '*.sh'], {
  cwd: root,
})
  .toString()
  .split('\n')
  .filter((file) => file !== '' && file !== 'package-lock.json')

/** Names without a scope are anybody's to take: those of our programs, and of the repository. */
const unscoped = ['nfkit', ...published.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {}))]
const fetches = new RegExp(
  `\\b(?:npx|npm (?:exec|install|i)|pnpm dlx|yarn dlx)(?: -[\\w-]+)*(?: --)? (?:${unscoped.join('|')})(?![\\w/-])`,
)

test('nobody is told to fetch a name that is not ours', () => {
  expect('run npx nfqueue-test 0').toMatch(fetches)
  expect('npx --yes nfkit').toMatch(fetches)
  expect('npx -p @nfkit/nfqueue-test nfqueue-test 0').not.toMatch(fetches)
  const here = 'test/names.test.ts'
  const told = files.filter((file) => file !== here && fetches.test(readFileSync(join(root, file), 'utf8')))
  expect(told).toEqual([])
})

test('the command line advises what can be typed', () => {
  expect(called('/usr/bin/nfqueue-test', '/root')).toBe('nfqueue-test')
  expect(called('/root/.npm/_npx/5f3a/node_modules/.bin/nfqueue-test', '/root')).toBe(
    'npx -p @nfkit/nfqueue-test nfqueue-test',
  )
  expect(called('/src/apps/nfqueue-test/dist/main.js', '/src')).toBe('node apps/nfqueue-test/dist/main.js')
})
