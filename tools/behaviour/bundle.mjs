/** The behavioural suite as one file: an emulated processor takes long to load many, and longer to translate TypeScript. */
import { cpSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = new URL('../../', import.meta.url)

const snapshot = new URL('.cache/behaviour/', root)
const native = new URL('native/', snapshot)
const binding = fileURLToPath(new URL('packages/mnl-native/src/binding.ts', root))

/** Modules go on finding what lies beside them. The addon is a copy: what is built meanwhile does not disturb a run. */
const places = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const place = path === binding ? new URL('src/binding.ts', native) : pathToFileURL(path)
      const contents = (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(place.href))
      return { contents, loader: 'ts' }
    })
  },
}

/** Write the bundle; resolves to its path. */
export async function bundle() {
  const outfile = fileURLToPath(new URL('run.mjs', snapshot))
  rmSync(native, { recursive: true, force: true })
  const addon = 'build/Release/mnl_native.node'
  cpSync(new URL(`packages/mnl-native/${addon}`, root), new URL(addon, native))
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
