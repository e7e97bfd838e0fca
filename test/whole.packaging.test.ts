import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { manifestIn, published, root } from './packaging/published.ts'

const folder = mkdtempSync(join(tmpdir(), 'nfkit-whole-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const pack = () => spawnSync('node', [join(root, 'tools/whole.mjs')], { cwd: folder, encoding: 'utf8' })

test('a package that lacks the types of an entry point is not packed', () => {
  write('package.json', readFileSync(join(root, 'packages/inet/package.json'), 'utf8'))
  for (const path of ['src/index.ts', 'src/bytes.ts', 'dist/index.js', 'dist/bytes.js', 'dist/index.d.ts'])
    write(path, '')
  expect(pack()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('./dist/bytes.d.ts missing: npm run build'),
  })
  write('dist/bytes.d.ts', '')
  expect(pack()).toMatchObject({ status: 0, stderr: '' })
})

test.each(published.map(({ folder, manifest }) => [folder, manifest] as const))(
  '%s asks before it is packed',
  (_, { scripts }) => {
    expect(scripts?.['prepack']).toBe('node ../../tools/whole.mjs')
  },
)

test('only the build writes where the build is: every other script that bundles names a place of its own', () => {
  for (const { folder, manifest } of published)
    for (const [name, script] of Object.entries(manifest.scripts ?? {}))
      if (name !== 'build' && /\btsup\b/.test(script))
        expect(script, `${folder}: ${name}`).toMatch(/--out-dir (?!dist)\S+/)
})

test('no script has a name that npm takes for the hook of another', () => {
  const folders = [
    '.',
    ...['packages', 'apps'].flatMap((at) => readdirSync(join(root, at)).map((name) => `${at}/${name}`)),
  ]
  for (const folder of folders) {
    const names = Object.keys(manifestIn(join(root, folder)).scripts ?? {})
    const hooks = names.filter((name) => names.some((other) => name === `pre${other}` || name === `post${other}`))
    expect(hooks, folder).toEqual([])
  }
})
