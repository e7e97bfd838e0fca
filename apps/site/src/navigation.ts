import type { DefaultTheme } from 'vitepress'
import { type Page, titleOf } from './page.ts'
import { read } from './repository.ts'

type Item = DefaultTheme.SidebarItem

const linkTo = (route: string) => `/${route.replace(/(index)?\.md$/, '')}`

/** The pages of one folder of the site; those that a document lists come first, in its order. */
function itemsIn(pages: readonly Page[], folder: string, list = ''): Item[] {
  const order = Array.from(list.matchAll(/\]\(([^)#]+)/g), ([, target = '']) => target)
  const rank = ({ source }: Page) => {
    const at = order.findIndex((target) => source.replace('/README.md', '').endsWith(target.replace(/^\.\.\//, '')))
    return at < 0 ? order.length : at
  }
  return pages
    .filter(({ route }) => route.startsWith(`${folder}/`) && route !== `${folder}/index.md`)
    .toSorted((a, b) => rank(a) - rank(b))
    .map((page) => ({ text: titleOf(page), link: linkTo(page.route) }))
}

/** Entry points under their packages. */
const referenceItems = (pages: readonly Page[]): Item[] =>
  itemsIn(pages, 'reference').map((item) => ({ ...item, text: item.text!.replace('@nfkit/', '') }))

/** What is beside the pages of each folder. */
export function sidebarOf(pages: readonly Page[]): DefaultTheme.SidebarMulti {
  const [documentation, readme] = [read('docs/README.md'), read('README.md')]
  const one = (text: string, items: Item[], link?: string): Item[] => [{ text, items, ...(link && { link }) }]
  return {
    '/guides/': one('Guides', itemsIn(pages, 'guides', documentation), '/guides/'),
    '/packages/': one('Packages', itemsIn(pages, 'packages', readme)),
    '/examples/': one('Examples', itemsIn(pages, 'examples', readme), '/examples/'),
    '/reference/': one('Reference', referenceItems(pages), '/reference/'),
    '/side-by-side/': one('Side by side', itemsIn(pages, 'side-by-side', documentation), '/side-by-side/'),
    '/project/': one('Behind it', itemsIn(pages, 'project', documentation)),
  }
}

/** What is on top of every page. */
export function navigationOf(pages: readonly Page[], playground: boolean): DefaultTheme.NavItem[] {
  const has = (folder: string) => pages.some(({ route }) => route.startsWith(`${folder}/`))
  const ways: readonly (DefaultTheme.NavItem | false)[] = [
    { text: 'Guides', link: '/guides/', activeMatch: '^/guides/(?!which-package)' },
    { text: 'Which package?', link: '/guides/which-package' },
    { text: 'Examples', link: '/examples/', activeMatch: '^/examples/' },
    has('side-by-side') && { text: 'Side by side', link: '/side-by-side/', activeMatch: '^/side-by-side/' },
    playground && { text: 'Playground', link: '/playground/', target: '_self' },
    has('reference') && { text: 'Reference', link: '/reference/', activeMatch: '^/(reference|packages)/' },
    {
      text: 'More',
      items: [
        { text: 'Packages', link: '/packages/nfqueue' },
        { text: 'Behaviour', link: '/project/behaviour' },
        { text: 'Performance', link: '/project/performance' },
        { text: 'Security', link: '/project/security' },
        { text: 'Architecture', link: '/project/architecture' },
        { text: 'Contributing', link: '/project/contributing' },
      ],
    },
  ]
  return ways.filter((way) => way !== false)
}
