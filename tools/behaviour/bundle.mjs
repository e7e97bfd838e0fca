/** The behavioural suite as one file: an emulated processor takes long to load many, and longer to translate TypeScript. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = new URL('../../', import.meta.url)

/** Modules go on finding what lies beside them: the native addon, the agent. */
const places = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }))
  },
}

/** Write the bundle; resolves to its path. */
export async function bundle() {
  const outfile = fileURLToPath(new URL('.cache/behaviour/run.mjs', root))
  await build({
    entryPoints: [fileURLToPath(new URL('test/behaviour/run.ts', root))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['nfkit-source'],
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [places],
  })
  return outfile
}
