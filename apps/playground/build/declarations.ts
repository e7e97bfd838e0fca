import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

/** Packages that rules and judges import, and those their types need. */
const packages = ['inet', 'ip-codec', 'netlink-codec', 'netlink-transport', 'nfqueue', 'nftables']
const root = join(import.meta.dirname, '../../..')

/** Declarations by path, as a program of TypeScript finds them: of our packages as they are published, and of the language. */
export function declarations(): { readonly [path: string]: string } {
  const obstacle = unbuilt()
  if (obstacle !== undefined) throw new Error(obstacle)
  return Object.fromEntries([
    ...packages.flatMap(ofPackage),
    ...ofLanguage('lib.es2023.d.ts'),
    ...ofLanguage('lib.esnext.disposable.d.ts'),
  ])
}

/** Why there are no declarations; `undefined` where there are. */
export function unbuilt(): string | undefined {
  const missing = packages.find((name) => !existsSync(join(root, 'packages', name, 'dist/index.d.ts')))
  return missing === undefined ? undefined : `packages/${missing} is not built: npx turbo run build`
}

function ofPackage(name: string): [path: string, text: string][] {
  const folder = join(root, 'packages', name)
  const files = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
  const { name: own, type, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const at = `/node_modules/@nfkit/${name}`
  return [
    [`${at}/package.json`, JSON.stringify({ name: own, type, exports: typesOf(exports) })],
    ...files
      .filter((file) => file.endsWith('.d.ts'))
      .map((file): [string, string] => [
        `${at}/dist/${file}`,
        withoutMap(readFileSync(join(folder, 'dist', file), 'utf8')),
      ]),
  ]
}

const typesOf = (exports: { readonly [path: string]: { readonly types?: string } }): object =>
  Object.fromEntries(Object.entries(exports).map(([path, { types }]) => [path, { types }]))

const withoutMap = (text: string): string => text.replace(/\n?\/\/# sourceMappingURL=.*\n?$/, '\n')

const library = dirname(createRequire(import.meta.url).resolve('typescript'))

/** A library of TypeScript, and those it refers to. */
function ofLanguage(name: string, seen = new Set<string>()): [path: string, text: string][] {
  if (seen.has(name)) return []
  seen.add(name)
  const text = readFileSync(join(library, name), 'utf8')
  const others = Array.from(text.matchAll(/^\/\/\/ <reference lib="([^"]+)"/gm), ([, lib]) => `lib.${lib}.d.ts`)
  return [[`/${name}`, text], ...others.flatMap((other) => ofLanguage(other, seen))]
}

const name = 'virtual:declarations'

/** `virtual:declarations`: the address of the declarations, as JSON. */
export function declarationsPlugin(): Plugin {
  let isServed = false
  return {
    name: 'declarations',
    configResolved(config) {
      isServed = config.command === 'serve'
    },
    configureServer(server) {
      server.middlewares.use('/declarations.json', (_, response) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(declarations()))
      })
    },
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return undefined
      if (isServed) return "export default '/declarations.json'"
      const source = JSON.stringify(declarations())
      const hash = createHash('sha256').update(source).digest('hex').slice(0, 8)
      const reference = this.emitFile({ type: 'asset', fileName: `assets/declarations-${hash}.json`, source })
      return `export default import.meta.ROLLUP_FILE_URL_${reference}`
    },
  }
}
