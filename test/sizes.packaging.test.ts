import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { installed } from './packaging/consumer.ts'
import { published, root } from './packaging/published.ts'
import { requirements } from './packaging/requirements.ts'

const page = readFileSync(join(root, 'docs/guides/which-package.md'), 'utf8')
/** What the page says a package costs, in kB. */
const told = new Map(
  [...page.matchAll(/^\| `(@nfkit\/[\w-]+)` \| (\d+) \|/gm)].map(([, name, size]) => [name!, Number(size)]),
)
const { tarballs } = await installed()
const sizeOf = (name: string) => tarballs.find((tarball) => tarball.name === name)!.unpackedSize

describe('the page that says which package one needs', () => {
  test('has each that is published, and no other', () => {
    expect([...told.keys()].sort()).toEqual(published.map(({ manifest }) => manifest.name).sort())
  })

  test.each(published.map((one) => [one.manifest.name, one] as const))(
    'tells what %s costs, to a tenth',
    (name, one) => {
      const all = [name, ...requirements(one).own].map(sizeOf).reduce((sum, size) => sum + size)
      expect(Math.abs(told.get(name)! / (all / 1000) - 1), `${Math.round(all / 1000)} kB`).toBeLessThan(0.1)
    },
  )
})
