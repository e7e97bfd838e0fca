import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { output } from './program.ts'
import { type Published, published, root } from './published.ts'
import { requirements } from './requirements.ts'

export interface Tarball {
  readonly name: string
  readonly file: string
  /** The paths in it. */
  readonly contents: readonly string[]
  /** Bytes that are fetched, but the addons, of which a release has one for each processor. */
  readonly packedSize: number
  /** Bytes of all files together, but the addons. */
  readonly unpackedSize: number
}

/** What keeps the packages from being packed here, or `undefined`. */
export const unbuilt = (): string | undefined => {
  const missing = published.filter(({ directory }) => !existsSync(join(directory, 'dist')))
  return missing.length === 0
    ? undefined
    : `not built: ${missing.map(({ folder }) => folder).join(', ')}; npm run build`
}

/** Packs what is published into `directory`: as `npm publish` would, without a registry. */
export async function packPublished(directory: string): Promise<readonly Tarball[]> {
  return pack(
    published.map((from) => (isNative(from) ? withAddon(from, directory) : from.directory)),
    directory,
  )
}

/** Packs the packages of others that ours need, as they are installed here: installing them then asks no registry. */
export async function packOthers(directory: string): Promise<readonly Tarball[]> {
  const found = new Set(published.flatMap((one) => requirements(one).others.map((other) => other.directory)))
  return pack([...found], directory)
}

async function pack(directories: readonly string[], into: string): Promise<readonly Tarball[]> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', into, ...directories]
  const packed: { name: string; filename: string; size: number; files: { path: string; size: number }[] }[] =
    JSON.parse(await output('npm', args, { cwd: into }))
  return packed.map(({ name, filename, size, files }, i) => {
    const addons = files.filter(({ path }) => path.endsWith('.node'))
    return {
      name,
      file: join(into, filename.replace('@', '').replace('/', '-')),
      contents: files.map(({ path }) => path),
      packedSize: addons.reduce((rest, { path }) => rest - gzippedSize(join(directories[i]!, path)), size),
      unpackedSize: files.reduce((sum, file) => (addons.includes(file) ? sum : sum + file.size), 0),
    }
  })
}

const gzippedSize = (file: string): number => gzipSync(readFileSync(file)).length

const isNative = ({ folder }: Published) => folder === 'packages/mnl-native'
const platform = `prebuilds/${process.platform}-${process.arch}`

/** Where the addon is that was built here, or `undefined`. */
export const addon = (): string | undefined => {
  const native = join(root, 'packages/mnl-native')
  return [join(native, platform), join(native, 'build/Release/mnl_native.node')].find((path) => existsSync(path))
}

/**
 * Releases carry prebuilt addons, which only a machine with the compilers makes; elsewhere the addon that was built here takes its
 * place in a copy of the package. It is the same source against the same stable interface.
 */
function withAddon({ directory, manifest }: Published, into: string): string {
  const built = addon()
  if (built === undefined || !built.endsWith('.node')) return directory
  const copy = join(into, basename(directory))
  for (const path of ['package.json', 'README.md', 'LICENSE', ...manifest.files.filter((path) => path !== 'prebuilds')])
    cpSync(join(directory, path), join(copy, path), { recursive: true })
  const place = join(copy, platform, `mnl-native.uv${process.versions.uv.split('.')[0]}.node`)
  mkdirSync(dirname(place), { recursive: true })
  cpSync(built, place)
  return copy
}
