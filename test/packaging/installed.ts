import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { output } from './program.ts'
import { packOthers, packPublished, type Tarball } from './tarballs.ts'

/** All packages as they would be published, and an empty project where they are installed from their tarballs. */
export interface Installed {
  /** Where the project is. */
  readonly directory: string
  /** What npm and the packages' install scripts said. */
  readonly said: string
  readonly tarballs: readonly Tarball[]
}

/**
 * Installs below `home`, as on a machine that has Node and nothing else: no compiler, no make, no Python, no registry, nothing
 * npm kept from earlier.
 */
export async function install(home: string): Promise<Installed> {
  const [packed, bin, directory] = ['tarballs', 'bin', 'project'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ]
  for (const made of [packed, bin, directory]) mkdirSync(made)
  const tarballs = await packPublished(packed)
  const all = [...tarballs, ...(await packOthers(packed))]
  const dependencies = Object.fromEntries(all.map(({ name, file }) => [name, `file:${file}`]))
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'consumer', private: true, dependencies }))
  symlinkSync(process.execPath, join(bin, 'node'))
  symlinkSync(realpathSync('/bin/sh'), join(bin, 'sh'))
  const npm = (await output('sh', ['-c', 'command -v npm'], { cwd: home })).trim()
  const alone = ['--offline', '--cache', join(home, 'cache'), '--no-audit', '--no-fund', '--foreground-scripts']
  const said = await output(process.execPath, [realpathSync(npm), 'install', ...alone], { cwd: directory, path: bin })
  return { directory, said, tarballs }
}
