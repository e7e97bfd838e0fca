import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Manifest, published, root } from './packaging/published.ts'
import { reasons } from './packaging/reasons.ts'
import { type Requirement, requirements } from './packaging/requirements.ts'

const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')
const repository = 'https://github.com/nfkit/nfkit'
const peersOf = ({ peerDependencies }: Manifest) => Object.entries(peerDependencies ?? {})

describe.each(published.map((one) => [one.manifest.name, one] as const))('%s', (name, { folder, manifest }) => {
  test('says what it is, where it lives and how it is published', () => {
    expect(manifest).toMatchObject({
      type: 'module',
      license: 'MIT',
      homepage: `${repository}/tree/main/${folder}#readme`,
      bugs: `${repository}/issues`,
      repository: { type: 'git', url: `git+${repository}.git`, directory: folder },
      publishConfig: { access: 'public', provenance: true },
    })
    expect(manifest.description).toMatch(/^[A-Z].{30,}\.$/)
    expect(new Set(manifest.keywords).size).toBeGreaterThanOrEqual(5)
    expect(new Set(manifest.keywords).size).toBe(manifest.keywords.length)
  })

  test("carries the repository's licence: npm packs no file from further up", () => {
    expect(read(folder, 'LICENSE')).toBe(read('LICENSE'))
  })

  test('has a README that says how to install it and shows its use', () => {
    const readme = read(folder, 'README.md')
    expect(readme).toMatch(/^# /)
    expect(readme).toMatch(new RegExp(`npm install .*${name}\\b`))
    expect(readme.match(/^```(ts|js|sh)$/gm)?.length ?? 0).toBeGreaterThan(1)
  })

  test('names the condition of the workspace first and the default last in its exports', () => {
    for (const conditions of Object.values(manifest.exports ?? {})) {
      expect(Object.keys(conditions)).toEqual(['nfkit-source', 'types', 'default'])
      expect(existsSync(join(root, folder, conditions['nfkit-source']!))).toBe(true)
    }
  })

  test('needs the packages of others only for a reason', () => {
    const { dependencies = {}, peerDependenciesMeta = {} } = manifest
    const foreign = Object.keys(dependencies).filter((dependency) => !dependency.startsWith('@nfkit/'))
    for (const dependency of [...foreign, ...peersOf(manifest).map(([peer]) => peer)])
      expect(reasons, dependency).toHaveProperty([dependency])
    for (const [peer] of peersOf(manifest)) expect(peerDependenciesMeta[peer]).toEqual({ optional: true })
  })
})

test('nothing is explained that is not needed', () => {
  const needed = published.flatMap((one) => [
    ...requirements(one).others.map(({ name }) => name),
    ...peersOf(one.manifest).map(([peer]) => peer),
  ])
  expect(Object.keys(reasons).filter((name) => !needed.includes(name))).toEqual([])
})

test('docs/dependencies.md is what the manifests say', async () => {
  const others = new Map<string, Requirement>()
  const rows = published.map((one) => {
    const needs = requirements(one)
    for (const other of needs.others) others.set(other.name, other)
    const peers = peersOf(one.manifest).map(([peer]) => `\`${peer}\``)
    const list = needs.others.map(({ name }) => `\`${name}\``).join(', ')
    return `| [\`${one.manifest.name}\`](../${one.folder}) | ${needs.own.length} | ${needs.others.length} | ${list} | ${peers.join(', ')} |`
  })
  const explained = [...others.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, license }) => `| \`${name}\` | ${version} | ${license} | ${reasons[name]} |`)
  const optional = [...new Map(published.flatMap(({ manifest }) => peersOf(manifest)))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, range]) => `| \`${name}\` | ${range} | ${reasons[name]} |`)
  await expect(`# Dependencies

What installing each package installs besides it, all the way down. Generated from the manifests; after a change there run
\`npx vitest run --project unit test/packaging.test.ts -u\`. Versions are exact: what was tested is what is installed.

| package | of ours | of others | which | optional peers |
|---|---|---|---|---|
${rows.join('\n')}

## Packages of others

${others.size} in all, and a new one needs its reason in \`test/packaging/reasons.ts\`.

| package | version | licence | why |
|---|---|---|---|
${explained.join('\n')}

## Optional peers

Never installed by ours; a program that uses the feature has them already.

| package | versions | for |
|---|---|---|
${optional.join('\n')}

## Libraries of the system

\`@nfkit/mnl-native\` loads libmnl (\`libmnl.so.0\`), which every system with iproute2 or nftables has. Nothing else is linked but the C library.

## Audits

\`npm audit --omit=dev\` runs with every change and every night; a finding fails the run.
`).toMatchFileSnapshot('../docs/dependencies.md')
})

test('further Nodes and TypeScripts, installed for tests, hide neither `node` nor `tsc`', () => {
  const lock = JSON.parse(read('package-lock.json'))
  for (const name of ['node-22', 'node-24', 'typescript-7']) {
    expect(lock.packages[`node_modules/${name}`]).toBeDefined()
    expect(lock.packages[`node_modules/${name}`].bin, `${name}: run node tools/lockfile.mjs`).toBeUndefined()
  }
})

describe('workflows', () => {
  const folder = join(root, '.github/workflows')
  const workflows = readdirSync(folder).map((name) => [name, read('.github/workflows', name)] as const)
  const scripts: { readonly [name: string]: string } = Object.assign(
    {},
    ...[...published.map(({ manifest }) => manifest), JSON.parse(read('package.json'))].map(({ scripts }) => scripts),
  )

  test.each(workflows)('%s: nothing is permitted but what a job asks for', (_, text) => {
    expect(text).toMatch(/^permissions: {}$/m)
    const jobs = text
      .split(/^jobs:$/m)[1]!
      .split(/^ {2}(?=[a-z-]+:$)/m)
      .slice(1)
    expect(jobs.length).toBeGreaterThan(0)
    for (const job of jobs) expect(job).toMatch(/^ {4}permissions:$/m)
  })

  test.each(workflows)('%s: actions are of a fixed major version, and checkouts keep no credentials', (_, text) => {
    for (const [, action] of text.matchAll(/uses: (\S+)/g)) expect(action).toMatch(/^\.\/|@(v\d+|[0-9a-f]{40})$/)
    const checkouts = text.match(/actions\/checkout@/g)?.length ?? 0
    expect(text.match(/persist-credentials: (false|true # .*)/g)?.length ?? 0).toBe(checkouts)
  })

  test.each([
    ...workflows,
    ['CONTRIBUTING.md', read('CONTRIBUTING.md')] as const,
    ['docs/releasing.md', read('docs/releasing.md')] as const,
  ])('%s: runs only what there is', (_, text) => {
    for (const [, script] of text.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
      expect(scripts).toHaveProperty([script!])
    for (const [, file] of text.matchAll(
      /(?:node|npx vitest run(?: --project \w+)?) ((?:tools|test|packages|apps)\/[\w./-]+)/g,
    ))
      expect(existsSync(join(root, file!)), file).toBe(true)
  })
})
