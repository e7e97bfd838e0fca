import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { output } from './packaging/program.ts'
import { manifestIn, published, root } from './packaging/published.ts'

/** The manifests and changesets in a repository of their own, where a release can be tried. */
let copy: string

const changeset = (...args: string[]) =>
  output(process.execPath, [join(root, 'node_modules/@changesets/cli/bin.js'), ...args], { cwd: copy })
const git = (...args: string[]) =>
  output('git', ['-c', 'user.name=Release', '-c', 'user.email=release@example.com', ...args], { cwd: copy })

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'nfkit-release-'))
  for (const path of ['package.json', '.changeset', ...published.map(({ folder }) => `${folder}/package.json`)])
    cpSync(join(root, path), join(copy, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', 'package.json', '.changeset', 'packages', 'apps')
  await git('commit', '--quiet', '--message', 'Everything')
})
afterAll(() => rmSync(copy, { recursive: true }))

test('a changeset raises the version of all packages, and what they need of each other', async () => {
  await output(
    'sh',
    ['-c', `printf -- "---\\n'@nfkit/ip-codec': minor\\n---\\n\\nReads one more header.\\n" > .changeset/try.md`],
    { cwd: copy },
  )
  await git('add', '.changeset')
  const status = await changeset('status', '--output', 'status.json').then(() =>
    JSON.parse(readFileSync(join(copy, 'status.json'), 'utf8')),
  )
  const names = published.map(({ manifest }) => manifest.name).sort()
  expect(status.releases.map(({ name }: { name: string }) => name).sort()).toEqual(names)
  const [next, ...more] = new Set<string>(status.releases.map(({ newVersion }: { newVersion: string }) => newVersion))
  expect(more).toEqual([])
  expect(next).not.toBe(published[0]!.manifest.version)

  await changeset('version')
  for (const { folder } of published) {
    const { version, dependencies = {} } = manifestIn(join(copy, folder))
    expect(version).toBe(next)
    for (const [name, range] of Object.entries(dependencies)) if (names.includes(name)) expect(range).toBe(next)
  }
  const changelog = readFileSync(join(copy, 'packages/ip-codec/CHANGELOG.md'), 'utf8')
  expect(changelog).toContain(`## ${next}`)
  expect(changelog).toContain('Reads one more header.')
  expect(await output('find', ['.changeset', '-name', '*.md', '!', '-name', 'README.md'], { cwd: copy })).toBe('')
})
