import type { Page } from './page.ts'
import { filesIn, read } from './repository.ts'
import { withPrograms } from './sides.ts'

/** Folders of documents, and those that stand alone: from where, to where. */
const places: readonly (readonly [source: RegExp, route: string])[] = [
  [/^docs\/README\.md$/, 'guides/index.md'],
  [/^docs\/guides\/([\w.-]+)\.md$/, 'guides/$1.md'],
  [/^docs\/side-by-side\/README\.md$/, 'side-by-side/index.md'],
  [/^docs\/side-by-side\/([\w.-]+)\.md$/, 'side-by-side/$1.md'],
  [/^docs\/([\w.-]+)\.md$/, 'project/$1.md'],
  [/^CONTRIBUTING\.md$/, 'project/contributing.md'],
  [/^SECURITY\.md$/, 'project/security.md'],
  [/^apps\/(site|playground)\/README\.md$/, 'project/$1.md'],
  [/^(?:packages|apps)\/([\w-]+)\/README\.md$/, 'packages/$1.md'],
]

/** Where a document is on the site, `undefined` for a file that is none. */
export function routeOf(source: string): string | undefined {
  const place = places.find(([pattern]) => pattern.test(source))
  return place && source.replace(...place)
}

/** The pictures of documents, by their paths from the root of the repository, and where they are on the site. */
export const pictures = (): ReadonlyMap<string, string> =>
  new Map(filesIn('docs').flatMap((path) => (path.endsWith('.svg') ? [[path, path.replace(/^docs\//, '')]] : [])))

/** A table of eight columns or more, or two programs beside each other, need the room beside the text. */
const isWide = (text: string): boolean => /^\|(?:[^|\n]*\|){8,}$/m.test(text)
const wide = { aside: false, pageClass: 'wide' }

/** The documents of the repository: guides, the project's own pages, and what each package says of itself. */
export function documents(): Page[] {
  const readmes = ['packages', 'apps'].flatMap((group) =>
    filesIn(group).filter((path) => /^\w+\/[\w-]+\/README\.md$/.test(path)),
  )
  return [...filesIn('docs'), 'CONTRIBUTING.md', 'SECURITY.md', ...readmes].flatMap((source) => {
    const route = routeOf(source)
    if (route === undefined) return []
    const text = withPrograms(read(source), source, read)
    return [{ source, route, text, ...((isWide(text) || route.startsWith('side-by-side/')) && { settings: wide }) }]
  })
}
