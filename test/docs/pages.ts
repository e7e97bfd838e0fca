import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { examplesOf } from './examples.ts'
import { withImports } from './imports.ts'
import { type Block, blocksOf } from './markdown.ts'

const root = join(import.meta.dirname, '../..')
export const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const filesIn = (folder: string): string[] =>
  (readdirSync(join(root, folder), { recursive: true }) as string[]).sort().map((name) => `${folder}/${name}`)

/** The folders of the packages. */
export const packages: readonly string[] = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)

const readmes = packages.map((folder) => `${folder}/README.md`).filter((file) => existsSync(join(root, file)))

/** Documents with code that can be copied. */
export const documents: readonly string[] = ['README.md', ...filesIn('docs/guides'), ...readmes]

/** Guides whose programs need what the simulated kernel has not: guides.kernel.test.ts runs them. */
export const kernelGuides: readonly string[] = ['docs/guides/queue-rules.md']

/** Source files whose docstrings have examples. */
export const sources: readonly string[] = packages
  .flatMap((folder) => filesIn(`${folder}/src`))
  .filter((file) => file.endsWith('.ts') && /^ *\* @example$/m.test(read(file)))

const isCode = ({ language }: Block) => ['js', 'ts', 'mjs', 'javascript', 'typescript'].includes(language)

/** The code on a page, from top to bottom. */
export const codeOn = (page: string): Block[] =>
  (page.endsWith('.ts') ? examplesOf : blocksOf)(page, read(page)).filter(isCode)

/**
 * Write the code at `at` of a page to a file of `folder`, named by its first line where that is `// name.mjs`, and return the path.
 * Code in a document that goes on where the code above it stopped has the imports of that.
 */
export function writeCode(
  folder: string,
  blocks: readonly Block[],
  at: number,
  change: (code: string) => string = (code) => code,
): string {
  const { file, line, language, code } = blocks[at]!
  const place = join(folder, file.replace(/\W+/g, '-'))
  const name = /^\/\/ ([\w.-]+\.[mc]?[jt]s)$/m.exec(code.split('\n')[0]!)?.[1] ?? `line-${line}.${language}`
  mkdirSync(place, { recursive: true })
  const above = file.endsWith('.ts') ? [] : blocks.slice(0, at).map((block) => block.code)
  writeFileSync(join(place, name), change(withImports(code, above)))
  return join(place, name)
}
