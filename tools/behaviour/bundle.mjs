/** A program that meets a kernel as one file: an emulated processor takes long to load many, and longer to translate TypeScript. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = new URL('../../', import.meta.url)
/** What the package needs of itself to find its native part. */
const parts = ['package.json', 'build/Release/mnl_native.node']
const loader = fileURLToPath(new URL('packages/mnl-native/src/addon.ts', root))

/** Modules go on finding what lies beside them. The addon is a copy: what is built meanwhile does not disturb a run. */
const places = (native) => ({
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const place = path === loader ? new URL('src/addon.ts', native) : pathToFileURL(path)
      const contents = (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(place.href))
      return { contents, loader: 'ts' }
    })
  },
})

/** Write the bundle of a program into a directory of its own, which goes when this process does; resolves to its path. */
export async function bundle(program) {
  const cache = new URL('.cache/', root)
  mkdirSync(cache, { recursive: true })
  const directory = pathToFileURL(`${mkdtempSync(fileURLToPath(new URL('behaviour-', cache)))}/`)
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const native = new URL('native/', directory)
  for (const part of parts) cpSync(new URL(`packages/mnl-native/${part}`, root), new URL(part, native))
  const outfile = fileURLToPath(new URL('run.mjs', directory))
  await build({
    entryPoints: [fileURLToPath(new URL(program, root))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['nfkit-source'],
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [places(native)],
  })
  return outfile
}
