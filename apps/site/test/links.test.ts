import { describe, expect, test } from 'vitest'
import { type Places, rewriteLinks } from '../src/links.ts'

const places: Places = {
  routes: new Map([
    ['docs/guides/reject.md', 'guides/reject.md'],
    ['docs/README.md', 'guides/index.md'],
    ['docs', 'guides/index.md'],
    ['packages/inet', 'packages/inet.md'],
    ['packages/inet/README.md', 'packages/inet.md'],
    ['examples', 'examples/index.md'],
    ['docs/plots/cost.svg', 'plots/cost.svg'],
    ['examples/rewriter.mjs', 'examples/rewriter.md'],
  ]),
  kindOf: (path) => (path.startsWith('missing') ? undefined : /\.\w+$|LICENSE$/.test(path) ? 'file' : 'folder'),
}
const rewrite = (text: string, source: string) => rewriteLinks(text, source, places)
const repository = 'https://github.com/nfkit/nfkit'

describe('a link', () => {
  test.each([
    ['to a page beside it', 'docs/guides/names.md', 'reject.md', '/guides/reject.md'],
    ['to a place on a page', 'docs/guides/names.md', 'reject.md#as-udp', '/guides/reject.md#as-udp'],
    ['to a page elsewhere', 'packages/nfqueue/README.md', '../../docs/guides/reject.md', '/guides/reject.md'],
    ['to a folder with a README', 'docs/README.md', '../packages/inet', '/packages/inet.md'],
    ['to a folder, with a slash', 'docs/README.md', '../packages/inet/', '/packages/inet.md'],
    ['to a picture', 'docs/performance.md', 'plots/cost.svg', '/plots/cost.svg'],
    ['to a program', 'README.md', 'examples/rewriter.mjs', '/examples/rewriter.md'],
    ['from a page about a folder', 'examples', 'rewriter.mjs', '/examples/rewriter.md'],
    ['to a file the site has not', 'docs/README.md', '../test/host.ts', `${repository}/blob/main/test/host.ts`],
    ['to a folder the site has not', 'docs/README.md', '../test', `${repository}/tree/main/test`],
    ['to a line of such a file', 'README.md', 'LICENSE#L3', `${repository}/blob/main/LICENSE#L3`],
    ['to a place on its own page', 'docs/README.md', '#guides', '#guides'],
    ['to the web', 'README.md', 'https://www.netfilter.org/', 'https://www.netfilter.org/'],
    ['that is of the site already', 'README.md', '/playground/', '/playground/'],
  ])('%s', (_, source, target, expected) => {
    expect(rewrite(`see [it](${target}), and more`, source)).toBe(`see [it](${expected}), and more`)
  })

  test('whose text is code', () => {
    expect(rewrite('[`@nfkit/inet`](packages/inet)', 'README.md')).toBe('[`@nfkit/inet`](/packages/inet.md)')
  })

  test('that leads to nothing is an error, which names page and target', () => {
    expect(() => rewrite('[it](missing.md)', 'README.md')).toThrow(
      'README.md links to missing.md, and there is no missing.md',
    )
  })
})

test.each([
  ['a fence', '```ts\nlist[0](missing.md)\n```'],
  ['a fence inside of a list', '- so:\n  ```sh\n  a [b](missing.md)\n  ```'],
  ['a line', 'call `list[0](missing.md)` and ``a ` [b](missing.md)``'],
])('what looks like a link in the code of %s stays as it is', (_, text) => {
  expect(rewrite(text, 'README.md')).toBe(text)
})

test('a link behind a fence is one again', () => {
  expect(rewrite('```\na\n```\n[b](examples)', 'README.md')).toBe('```\na\n```\n[b](/examples/index.md)')
})
