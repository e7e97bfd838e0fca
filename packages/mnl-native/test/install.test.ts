import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

/** A copy of a program, in a package without an addon. */
async function elsewhere(name: string) {
  const directory = mkdtempSync(join(tmpdir(), 'mnl-native-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  mkdirSync(join(directory, 'dist'))
  const program = join(directory, 'dist', `${name}.mjs`)
  cpSync(await bundled(name), program)
  cpSync(join(root, 'package.json'), join(directory, 'package.json'))
  return { directory, program }
}

test('opening a socket then gives the same advice, as an error', async () => {
  const { program } = await elsewhere('mistake')
  const { status, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain('NativeUnavailableError')
  expect(stderr).toContain('apt install g++ make python3 pkg-config libmnl-dev')
})

test('a prebuilt addon is found by its processor, whatever the libc', async () => {
  const { directory, program } = await elsewhere('mistake')
  const prebuilds = join(directory, 'prebuilds', `linux-${process.arch}`)
  mkdirSync(prebuilds, { recursive: true })
  cpSync(join(root, 'build/Release/mnl_native.node'), join(prebuilds, 'mnl-native.uv1.node'))
  const { stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' })
  expect(stderr).toMatch(/error: a mistake in a receiver/i)
})

test('the environment does not choose the addon', async () => {
  const { directory } = await elsewhere('mistake')
  mkdirSync(join(directory, 'build/Release'), { recursive: true })
  writeFileSync(join(directory, 'build/Release/planted.node'), '')
  const { stderr } = spawnSync(process.execPath, [await bundled('mistake')], {
    encoding: 'utf8',
    env: {
      '@NFKIT/MNL_NATIVE_PREBUILD': directory,
      PREBUILDS_ONLY: '1',
      LIBC: 'none',
      npm_config_arch: 'none',
      npm_config_platform: 'none',
    },
  })
  expect(stderr).toMatch(/error: a mistake in a receiver/i)
})
