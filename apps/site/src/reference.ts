import type { Page } from './page.ts'
import { filesIn, read } from './repository.ts'

/** Where typedoc writes, see typedoc.config.mjs. */
const folder = '.cache/site/reference'

/** The place of a row in a table, which typedoc marks with an empty element in front of its name. */
const marked = /<a id="([^"]+)"><\/a> (`[^`]+`|\*\*[^*]+\*\*)/g

/**
 * Give headings that have no place of their own one that no name has: `Returns`, `Properties`.
 * typedoc counts names and constructors only, the generator all headings.
 */
function withPlaces(text: string): string {
  let parts = 0
  return text.replaceAll(/^(##+) (?!Constructor$)([^{\n]+)$/gm, (heading, level, title) =>
    level === '##' ? `${heading} {#all-${title.toLowerCase().replaceAll(' ', '-')}}` : `${heading} {#part-${++parts}}`,
  )
}

/** A page for each entry point, with every function and type of it. */
export function reference(): Page[] {
  return filesIn(folder)
    .filter((source) => source.endsWith('.md'))
    .map((source) => ({
      source,
      route: source.replace(folder, 'reference').replace('@nfkit/', ''),
      text: source.endsWith('reference/index.md')
        ? index(read(source))
        : withPlaces(read(source)).replaceAll(marked, '$2{#$1}'),
      settings: { editLink: false, outline: [2, 3], pageClass: 'reference' },
    }))
}

const index = (text: string): string =>
  text.replace(/^# .*$/m, '# Reference').replace('## Modules', 'Every function and type, by what is imported.')

/** A page of the reference for the search: what is found is a name, and not the `Returns` below it. */
export const withoutParts = (html: string): string =>
  html.replaceAll(/<h\d id="(?:part|all)-[^"]*"[^>]*>.*?<\/h\d>/gs, '')
