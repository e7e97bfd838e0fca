/** A suite as one file of JavaScript, with one source file replaced by a mutant of it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { context } from 'esbuild'

export const root = fileURLToPath(new URL('../../', import.meta.url))
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Builders share a folder, which goes when this process does. */
mkdirSync(`${root}.cache`, { recursive: true })
const folder = mkdtempSync(`${root}.cache/mutants-`)
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const quoted = JSON.stringify
const runner = here('runner.mjs')

/** Tests that need another kernel, read sources, or start a process that does. */
const others = /\.kernel\.test\.ts$|^(compliance-runner|fault-use)\.test\.ts$/

/** What each suite consists of: the scenarios, or the simulator's own tests. */
const suites = {
  scenarios: () => `import ${quoted(here('scenarios.mjs'))}`,
  tests: () => {
    const tests = 'packages/simulator/test'
    const files = readdirSync(root + tests, { recursive: true })
      .filter((name) => name.endsWith('.test.ts') && !others.test(name))
      .toSorted()
      .map((name) => `await within(${quoted(name)}, () => import(${quoted(`${root}${tests}/${name}`)}))`)
    return [`import { run, within } from ${quoted(runner)}`, ...files, 'await run()'].join('\n')
  },
}

let builders = 0

/** Resolves to a function that builds the suite once more, with `swap` `{ path, text }` in it, and resolves to the file it wrote. */
export async function builder(suite) {
  let swapped
  const outfile = `${folder}/${suite}-${builders++}.mjs`
  const sources = {
    name: 'sources',
    setup({ onLoad, onResolve }) {
      // The runner takes `expect` from vitest; everything else takes the runner for vitest.
      onResolve({ filter: /^vitest$/ }, ({ importer }) =>
        importer === runner ? { path: 'vitest', external: true } : { path: runner },
      )
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = swapped?.path === relative(root, path) ? swapped.text : await readFile(path, 'utf8')
        // Modules go on finding what lies beside them.
        const contents = text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        return { contents, loader: 'ts' }
      })
    },
  }
  const built = await context({
    stdin: { contents: suites[suite](), resolveDir: root, sourcefile: `${suite}.mjs` },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['nfkit-source'],
    external: ['fast-check'],
    logLevel: 'silent',
    plugins: [sources],
  })
  return {
    async build(swap) {
      swapped = swap
      await built.rebuild()
      return outfile
    },
    dispose: () => built.dispose(),
  }
}
