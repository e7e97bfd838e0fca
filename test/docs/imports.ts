import { join } from 'node:path'

const importing = /^import (?:(\w+)|\* as (\w+)|(?:(\w+), )?\{([^}]*)\}) from '([^']+)'\n/gm
const standIn = (name: string) => join(import.meta.dirname, name)

/** Test runners, whose tests run inside of the test that runs the snippet. */
const standIns: { readonly [module: string]: string } = {
  vitest: standIn('test-runner.ts'),
  'node:test': standIn('test-runner.ts'),
  '@jest/globals': standIn('test-runner.ts'),
}

/** The names each import statement of a snippet brings. */
function importsOf(code: string): Map<string, string> {
  const imports = new Map<string, string>()
  for (const { 1: whole, 2: star, 3: first, 4: list = '', 5: from } of code.matchAll(importing)) {
    if (whole ?? first) imports.set((whole ?? first)!, `import ${whole ?? first} from '${from}'\n`)
    if (star) imports.set(star, `import * as ${star} from '${from}'\n`)
    for (const item of list
      .split(',')
      .map((text) => text.trim())
      .filter(Boolean)) {
      const name = item
        .replace(/^type /, '')
        .split(' as ')
        .at(-1)!
      imports.set(name, `import { ${item} } from '${from}'\n`)
    }
  }
  return imports
}

/** A snippet that goes on where those above it on the page stopped has their imports, as far as it uses them. */
export function withImports(code: string, above: readonly string[]): string {
  const own = importsOf(code)
  const known = new Map(above.flatMap((snippet) => [...importsOf(snippet)]))
  const missing = Array.from(known).filter(
    ([name]) =>
      !own.has(name) &&
      new RegExp(`\\b${name}\\b`).test(code) &&
      !new RegExp(`(const|let|function) ${name}\\b`).test(code),
  )
  return missing.map(([, statement]) => statement).join('') + code
}

/** The same with stand-ins for test runners. */
export const withStandIns = (code: string): string =>
  code.replace(/(from |import\()'([^']+)'/g, (all, before, module) =>
    standIns[module] === undefined ? all : `${before}'${standIns[module]}'`,
  )
