import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Plugin } from 'vite'

const entry = join(import.meta.dirname, '../src/lab/worker.ts')

/** The script of the sandbox's worker, in one file. Throws where something of Node would be in it. */
export async function labScript(): Promise<string> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    target: 'es2022',
    platform: 'browser',
    conditions: ['nfkit-source'],
    // Threads of a pool are in the package, and not in the script.
    external: ['node:*'],
    logOverride: { 'empty-import-meta': 'silent' },
    legalComments: 'none',
  })
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  if (outside.length > 0) throw new Error(`the script of the sandbox imports ${outside.join(', ')}`)
  return outputFiles[0]!.text
}

const name = 'virtual:lab-script'

/** `virtual:lab-script`: the address of the script. */
export function labScriptPlugin(): Plugin {
  let isServed = false
  return {
    name: 'lab-script',
    configResolved(config) {
      isServed = config.command === 'serve'
    },
    configureServer(server) {
      server.middlewares.use('/lab.js', (_, response) => {
        labScript().then(
          (script) => response.setHeader('content-type', 'text/javascript').end(script),
          (error: Error) => response.writeHead(500).end(error.message),
        )
      })
    },
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    async load(id) {
      if (id !== `\0${name}`) return undefined
      if (isServed) return "export default '/lab.js'"
      const source = await labScript()
      const hash = createHash('sha256').update(source).digest('hex').slice(0, 8)
      const reference = this.emitFile({ type: 'asset', fileName: `assets/lab-${hash}.js`, source })
      return `export default import.meta.ROLLUP_FILE_URL_${reference}`
    },
  }
}
