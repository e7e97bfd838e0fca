import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { documents, pictures } from './documents.ts'
import { examples } from './examples.ts'
import { home } from './home.ts'
import { rewriteLinks } from './links.ts'
import { type Page, routesOf } from './page.ts'
import { reference } from './reference.ts'
import { kindOf, root } from './repository.ts'

/** The playground as it is built; `undefined` where it is not. */
export const playground = ((folder: string) => (existsSync(folder) ? folder : undefined))(
  join(root, 'apps/playground/dist'),
)

/** All pages, with the links the repository has. */
export const gathered = (): Page[] => [home(playground !== undefined), ...documents(), ...examples(), ...reference()]

/** Write pages for the generator, with the links of the site. */
export function write(pages: readonly Page[], folder: string): void {
  const drawn = pictures()
  const places = { routes: new Map([...routesOf(pages), ...drawn]), kindOf }
  rmSync(folder, { recursive: true, force: true })
  // The generator serves this folder as it is.
  for (const [source, route] of drawn) cpSync(join(root, source), join(folder, 'public', route))
  for (const { source, route, text, settings } of pages) {
    const front = Object.entries({ source, ...settings }).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    mkdirSync(dirname(join(folder, route)), { recursive: true })
    writeFileSync(join(folder, route), `---\n${front.join('\n')}\n---\n\n${rewriteLinks(text, source, places)}`)
  }
}
