import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { bundled } from './program.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The install script, in a package without an addon, on a machine with nothing but Node. */
function installed(variables: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'mnl-native-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const part of ['package.json', 'binding.gyp', 'scripts']) {
    cpSync(join(root, part), join(directory, part), { recursive: true })
  }
  symlinkSync(process.execPath, join(directory, 'node'))
  return spawnSync(process.execPath, [join(directory, 'scripts/install.mjs')], {
    encoding: 'utf8',
    env: { PATH: directory, ...variables },
  })
}

test('installing without a compiler succeeds, and says what is missing', () => {
  const { status, stderr } = installed()
  expect(status).toBe(0)
  expect(stderr).toContain('apt install pkg-config libmnl-dev g++ make python3')
})

test('it fails when the native part is required', () => {
  expect(installed({ NFKIT_NATIVE: 'require' }).status).toBe(1)
})

test('opening a socket then gives the same advice, as an error', async () => {
  const program = await bundled('mistake')
  const { status, stderr } = spawnSync(process.execPath, [program], {
    encoding: 'utf8',
    env: { ...process.env, '@NFKIT/MNL_NATIVE_PREBUILD': tmpdir() },
  })
  expect(status).toBe(1)
  expect(stderr).toContain('NativeUnavailableError')
  expect(stderr).toContain('apt install g++ make python3 pkg-config libmnl-dev')
})
