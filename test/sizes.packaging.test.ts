import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { installed } from './packaging/consumer.ts'
import { published, root } from './packaging/published.ts'
import { requirements } from './packaging/requirements.ts'

const page = readFileSync(join(root, 'docs/guides/which-package.md'), 'utf8')
/** What the page says a package costs with all it brings along, in kB: to fetch, and unpacked. */
const told = new Map(
  [...page.matchAll(/^\| `(@nfkit\/[\w-]+)` \| (\d+) \| (\d+) \| (\w.*) \| (\w.*) \|$/gm)].map(
    ([, name, packedSize, unpackedSize]) => [
      name!,
      { packedSize: Number(packedSize), unpackedSize: Number(unpackedSize) },
    ],
  ),
)
const { tarballs } = await installed()
const tarballOf = (name: string) => tarballs.find((tarball) => tarball.name === name)!

describe('the page that says which package one needs', () => {
  test('has each that is published, and no other', () => {
    expect([...told.keys()].sort()).toEqual(published.map(({ manifest }) => manifest.name).sort())
  })

  test.each(published.map((one) => [one.manifest.name, one] as const))(
    'tells what %s costs, to a tenth',
    (name, one) => {
      const all = [name, ...requirements(one).own].map(tarballOf)
      for (const size of ['packedSize', 'unpackedSize'] as const) {
        const kilobytes = all.reduce((sum, tarball) => sum + tarball[size], 0) / 1000
        expect(Math.abs(told.get(name)![size] / kilobytes - 1), `${size}: ${Math.round(kilobytes)} kB`).toBeLessThan(
          0.1,
        )
      }
    },
  )
})
