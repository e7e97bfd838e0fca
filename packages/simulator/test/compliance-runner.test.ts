import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nfkit-compliance-'))
  await build({
    config: false,
    entry: { compliance: fileURLToPath(new URL('fixtures/compliance.ts', import.meta.url)) },
    outDir: folder,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    removeNodeProtocol: false,
    noExternal: [/^@nfkit\//],
    esbuildOptions: (options) => {
      options.conditions = ['nfkit-source']
    },
    silent: true,
  })
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** The suite run by `node --test`; how many of its claims had which end. */
function counts(mistake: string): { readonly status: number | null; readonly [end: string]: number | null } {
  const { NODE_OPTIONS, VITEST, ...rest } = process.env
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap', join(folder, 'compliance.mjs')],
    { encoding: 'utf8', env: { ...rest, MISTAKE: mistake }, timeout: 60_000 },
  )
  const ends = Array.from(stdout.matchAll(/^# (pass|fail|skipped) (\d+)$/gm), ([, end, count]) => [end, Number(count)])
  return { status, ...Object.fromEntries(ends) }
}

test('the compliance suite runs under node:test, without vitest', { timeout: 90_000 }, () => {
  const { status, pass, fail, skipped } = counts('')
  expect({ status, fail, skipped }).toEqual({ status: 0, fail: 0, skipped: 1 })
  expect(pass).toBeGreaterThan(35)
})

test('and fails there where a transport breaks a promise', { timeout: 90_000 }, () => {
  const { status, fail, pass } = counts('uncounted')
  expect({ status, fail }).toEqual({ status: 1, fail: 1 })
  expect(pass).toBeGreaterThan(35)
})
