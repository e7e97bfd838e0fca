import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { filterProblems } from '@arethetypeswrong/core/problems'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, test } from 'vitest'
import { installed } from './packaging/consumer.ts'
import { published, root } from './packaging/published.ts'

const { tarballs } = await installed()
const tarballOf = (name: string) => tarballs.find((tarball) => tarball.name === name)!

describe.each(published.map(({ manifest, folder }) => [manifest.name, manifest, folder] as const))(
  '%s',
  (name, manifest, folder) => {
    test('has licence, README, and each file its manifest names', () => {
      const { contents } = tarballOf(name)
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
      expect(tarballOf(name).contents.filter((path) => strays.test(path))).toEqual([])
    })

    test('publint has nothing to say', async () => {
      const tarball = readFileSync(tarballOf(name).file)
      const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true })
      expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
    })

    // A program has no types.
    if (manifest.exports === undefined) return

    test('its types, and so completion, leave out what is internal', () => {
      const types = tarballOf(name).contents.filter((path) => path.endsWith('.d.ts'))
      const leaks = types.filter((path) => /@internal/.test(readFileSync(join(root, folder, path), 'utf8')))
      expect(leaks).toEqual([])
    })

    test('its types are right for every resolution', async () => {
      const tarball = new Uint8Array(readFileSync(tarballOf(name).file))
      const types = await checkPackage(createPackageFromTarballData(tarball))
      if (!types.types) throw new Error('it has no types')
      // It is made of ES modules, which CommonJS before Node 20 and TypeScript's oldest way know nothing of.
      const problems = (['node16-esm', 'bundler'] as const).flatMap((resolutionKind) =>
        filterProblems(types, { resolutionKind }),
      )
      expect(problems).toEqual([])
    })
  },
)
