import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anchorOf } from '../src/anchors.ts'
import { pictures, routeOf } from '../src/documents.ts'
import { headerOf } from '../src/examples.ts'
import { gathered } from '../src/gather.ts'
import { introductionOf } from '../src/home.ts'
import { sidebarOf } from '../src/navigation.ts'
import { titleOf } from '../src/page.ts'
import { withoutParts } from '../src/reference.ts'
import { filesIn, read } from '../src/repository.ts'

const pages = gathered()
const sources = pages.map(({ source }) => source)

describe('the site has', () => {
  test.each([
    ['every document', filesIn('docs').filter((path) => path.endsWith('.md'))],
    ['every package', filesIn('packages').filter((path) => /^packages\/[\w-]+\/README\.md$/.test(path))],
    ['every example', filesIn('examples').filter((path) => /^examples\/[\w-]+\.mjs$/.test(path))],
  ])('%s', (_, expected) => {
    expect(expected.length).toBeGreaterThan(10)
    expect(sources).toEqual(expect.arrayContaining(expected))
  })

  test('the picture that a document shows', () => {
    const shown = filesIn('docs').flatMap((path) =>
      path.endsWith('.md')
        ? Array.from(read(path).matchAll(/!\[[^\]]*\]\(([^)]+)\)/g), ([, to]) => posix.join(posix.dirname(path), to!))
        : [],
    )
    expect(shown.length).toBeGreaterThan(0)
    expect([...pictures().keys()]).toEqual(expect.arrayContaining(shown))
  })

  test('no two pages in one place, and each with a title', () => {
    const routes = pages.map(({ route }) => route)
    expect(new Set(routes).size).toBe(routes.length)
    expect(pages.filter((page) => titleOf(page) === '')).toEqual([])
  })

  test('a way to every page, beside it', () => {
    const links = Array.from(JSON.stringify(sidebarOf(pages)).matchAll(/"link":"([^"]+)"/g), ([, link]) => link)
    const routes = pages.map(({ route }) => `/${route.replace(/(index)?\.md$/, '')}`).filter((route) => route !== '/')
    expect(links).toEqual(expect.arrayContaining(routes))
  })
})

test('guides are in the order of docs/README.md', () => {
  const [{ items }] = sidebarOf(pages)['/guides/'] as [{ items: { link: string }[] }]
  const listed = Array.from(
    read('docs/README.md').matchAll(/\]\(guides\/([\w.-]+)\.md\)/g),
    ([, name]) => `/guides/${name}`,
  )
  expect(items.map(({ link }) => link)).toEqual(listed)
})

test('the home page takes its words from the README, and says so when they are gone', () => {
  const readme = read('README.md')
  const { claim, snippet, fit } = introductionOf(readme)
  expect(claim).toMatch(/^See, judge and rewrite/)
  expect(snippet).toContain("openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })")
  expect(snippet).toContain('Safe to paste')
  expect(fit).toMatch(/^## Is it for you\?/)
  expect(() => introductionOf(readme.replace('## Is it for you?', '## For you'))).toThrow(
    'README.md has no section "Is it for you\\?" for the home page',
  )
})

test('an example says what it does and how to start it', () => {
  const source =
    '// Router: the first packet decides.\n// Tested.\n//\n//   ip rule add\n//   node a.mjs\n\nexport {}\n'
  expect(headerOf(source)).toEqual({
    title: 'Router',
    about: 'The first packet decides. Tested.',
    commands: 'ip rule add\nnode a.mjs',
  })
})

test('the search finds names of the reference, and what is said of them', () => {
  const html =
    '<h3 id="queue">Queue</h3><p>a</p><h4 id="part-7" tabindex="-1">Returns</h4><p>b</p><h2 id="all-types">Types</h2>'
  expect(withoutParts(html)).toBe('<h3 id="queue">Queue</h3><p>a</p><p>b</p>')
})

test.each([
  ['docs/guides/from-0.1.0.md', 'guides/from-0.1.0.md'],
  ['docs/behaviour.md', 'project/behaviour.md'],
  ['apps/nfqueue-test/README.md', 'packages/nfqueue-test.md'],
  ['packages/inet/README.md', 'packages/inet.md'],
  ['packages/netlink-codec/test/vectors/README.md', undefined],
  ['docs/tsconfig.json', undefined],
])('%s is at %s', (source, route) => {
  expect(routeOf(source)).toBe(route)
})

test.each([
  ['Is it for you?', 'is-it-for-you'],
  ['`queue.close()`, and why', 'queueclose-and-why'],
  ['nf_tables -- rules', 'nf_tables----rules'],
  ['Größe', 'größe'],
])('the anchor of "%s" is %s, as on GitHub', (heading, anchor) => {
  expect(anchorOf(heading)).toBe(anchor)
})
