import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { anchorOf } from '../src/anchors.ts'
import { gathered, playground, write } from '../src/gather.ts'
import { fencedCode, framedTables } from '../src/markdown.ts'
import { navigationOf, sidebarOf } from '../src/navigation.ts'
import { withoutParts } from '../src/reference.ts'
import { address, root } from '../src/repository.ts'
import { sides } from '../src/sides.ts'

const cache = join(root, '.cache/site')
const pages = gathered()
const srcDir = join(cache, 'pages')
write(pages, srcDir)

const mark =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%23155e63'/%3E%3Cpath d='M6 16h8m4 0h8M16 8v5m0 6v5' stroke='white' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E"

export default defineConfig({
  title: 'nfkit',
  description: 'See, judge and rewrite the packets Linux hands to user space, from Node.js.',
  lang: 'en',
  base: process.env['NFKIT_SITE_BASE'] ?? '/',
  srcDir,
  // The playground is copied beside the pages: the generator does not know it.
  ignoreDeadLinks: [/^\/playground\/$/],
  cacheDir: join(cache, 'vitepress'),
  outDir: join(root, 'apps/site/dist'),
  head: [['link', { rel: 'icon', href: mark }]],
  markdown: {
    html: false,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: anchorOf },
    config(md) {
      fencedCode(md)
      framedTables(md)
      sides(md)
    },
  },
  themeConfig: {
    nav: navigationOf(pages, playground !== undefined),
    sidebar: sidebarOf(pages),
    outline: [2, 3],
    search: {
      provider: 'local',
      options: { _render: async (text, env, md) => withoutParts(await md.renderAsync(text, env)) },
    },
    socialLinks: [{ icon: 'github', link: address }],
    editLink: {
      // Told to the page as text, so it names nothing from here.
      pattern: ({ frontmatter }) => `https://github.com/nfkit/nfkit/blob/main/${frontmatter['source']}`,
      text: 'Source of this page',
    },
    footer: { message: 'MIT licence' },
  },
  buildEnd({ outDir }) {
    if (playground !== undefined) cpSync(playground, join(outDir, 'playground'), { recursive: true })
  },
})
