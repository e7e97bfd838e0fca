import { createMarkdownRenderer } from 'vitepress'
import { expect, test } from 'vitest'
import { sides, withPrograms } from '../src/sides.ts'

const page = `# A

[\`other.sh\`](other.sh)

## Side by side

### Theirs

[\`a.sh\`](../programs/a.sh): run.

### Ours

[\`a.mjs\`](../programs/a.mjs)

## After
`

const programs: { readonly [path: string]: string } = {
  'docs/programs/a.sh': 'nft list\n',
  'docs/programs/a.mjs': 'list()\n',
}

test('programs stand below the links to them, and nowhere else', () => {
  const text = withPrograms(page, 'docs/side-by-side/a.md', (path) => programs[path]!)
  expect(text).toContain('[`a.sh`](../programs/a.sh): run.\n\n```sh\nnft list\n```\n')
  expect(text).toContain('[`a.mjs`](../programs/a.mjs)\n\n```js\nlist()\n```\n')
  expect(text).toContain('[`other.sh`](other.sh)\n\n## Side')
})

test('a heading and what is below it are one side', async () => {
  const md = await createMarkdownRenderer('/', { html: false, config: sides })
  const html = (await md.renderAsync(page, { relativePath: 'a.md' })).replaceAll(/<a class="header-anchor.*?<\/a>/g, '')
  const [, inside] = /<div class="sides">(.*?)<\/div>/s.exec(html)!
  expect(inside!.match(/<section>/g)).toHaveLength(2)
  expect(inside!.match(/<\/section>/g)).toHaveLength(2)
  expect(inside).toMatch(
    /<section>\s*<h3 id="theirs"[\s\S]*a\.sh[\s\S]*<\/section>\s*<section>\s*<h3 id="ours"[\s\S]*a\.mjs[\s\S]*<\/section>/,
  )
  expect(html).toMatch(/<\/div>\s*<h2 id="after"/)
})

test('a section of that name without headings stays as it is', async () => {
  const md = await createMarkdownRenderer('/', { html: false, config: sides })
  const html = await md.renderAsync('## Side by side\n\nA list.\n\n## After\n', { relativePath: 'a.md' })
  expect(html).not.toMatch(/section/)
})
