import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { run } from './packaging/program.ts'
import { published, root } from './packaging/published.ts'
import { packPublished, type Tarball, unbuilt } from './packaging/tarballs.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 })

const obstacle = unbuilt()
let directory: string
let tarballs: ReadonlyMap<string, Tarball>

beforeAll(async () => {
  if (obstacle !== undefined) return
  directory = mkdtempSync(join(tmpdir(), 'nfkit-tarballs-'))
  tarballs = new Map((await packPublished(directory)).map((tarball) => [tarball.name, tarball]))
})
beforeEach((context) => {
  if (obstacle !== undefined) context.skip(obstacle)
})
afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true })
})

describe.each(published.map(({ manifest, folder }) => [manifest.name, manifest, folder] as const))(
  '%s',
  (name, manifest, folder) => {
    test('has licence, README, and each file its manifest names', () => {
      const { contents } = tarballs.get(name)!
      const named = [
        ...Object.values(manifest.exports ?? {}).flatMap((conditions) => Object.values(conditions)),
        ...Object.values(manifest.bin ?? {}),
        ...(manifest.man === undefined ? [] : [manifest.man]),
      ].map((path) => path.replace('./', ''))
      expect(named.length).toBeGreaterThan(0)
      expect(contents).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', ...named]))
    })

    test('has nothing of tests, caches or other machines', () => {
      const strays = /(^|\/)(test|bench|fuzz|node_modules|coverage|\.[^/]+)\/|\.tsbuildinfo$|^build\//
      expect(tarballs.get(name)!.contents.filter((path) => strays.test(path))).toEqual([])
    })

    test('publint has nothing to say', async () => {
      const tarball = readFileSync(tarballs.get(name)!.file)
      const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true })
      expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
    })

    // A program has no types.
    if (manifest.exports === undefined) return

    test('its types, and so completion, leave out what is internal', () => {
      const types = tarballs.get(name)!.contents.filter((path) => path.endsWith('.d.ts'))
      const leaks = types.filter((path) => /@internal/.test(readFileSync(join(root, folder, path), 'utf8')))
      expect(leaks).toEqual([])
    })

    test('its types are right for every resolution', async () => {
      const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js')
      const args = [attw, tarballs.get(name)!.file, '--profile', 'esm-only', '--no-emoji', '--no-color']
      const { status, stdout } = await run(process.execPath, args, { cwd: root })
      expect(status, stdout).toBe(0)
    })
  },
)
