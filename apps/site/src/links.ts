import { posix } from 'node:path'
import { address } from './repository.ts'

/** What links are resolved against. */
export interface Places {
  /** Where paths of the repository are on the site. */
  readonly routes: ReadonlyMap<string, string>
  /** What a path of the repository is. */
  readonly kindOf: (path: string) => 'file' | 'folder' | undefined
}

/** A fence of code, code in a line, or the target of a link. */
const codeOrLink = /^( *)(```+|~~~+)[\s\S]*?^\1\2[ \t]*$|(`+)(?!`)[\s\S]*?[^`]\3(?!`)|(\]\()([^)\s]+)(?=\))/gm

/**
 * The text of a page with its links as the site has them: to another page, or to the repository's own where the site has none.
 * Links inside of code are text. Throws when a link leads to nothing, with the page and the target.
 */
export const rewriteLinks = (text: string, source: string, places: Places): string =>
  text.replaceAll(codeOrLink, (all, ...[, , , opening, target]: (string | undefined)[]) =>
    target === undefined ? all : `${opening}${resolve(target, source, places)}`,
  )

function resolve(target: string, source: string, { routes, kindOf }: Places): string {
  if (/^([a-z][a-z+.-]*:|#|\/)/i.test(target)) return target
  const [, relative = '', anchor = ''] = /^([^#]*)(#.*)?$/.exec(target)!
  const folder = kindOf(source) === 'folder' ? source : posix.dirname(source)
  const path = posix.join(folder, relative).replace(/\/$/, '')
  const route = routes.get(path)
  if (route !== undefined) return `/${route}${anchor}`
  const kind = kindOf(path)
  if (kind === undefined) throw new Error(`${source} links to ${target}, and there is no ${path}`)
  return `${address}/${kind === 'folder' ? 'tree' : 'blob'}/main/${path}${anchor}`
}
