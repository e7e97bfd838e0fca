import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { output } from './program.ts'
import { packOthers, packPublished } from './tarballs.ts'

/** An empty project with all packages installed from their tarballs. */
export interface Consumer {
  readonly directory: string
  /** What npm and the packages' install scripts said. */
  readonly said: string
  /** Writes a file and returns its path. */
  write(name: string, text: string): string
}

/**
 * Installs on a machine that has Node and nothing else: no compiler, no make, no Python, no registry, nothing npm kept from
 * earlier.
 */
export async function consumer(): Promise<Consumer> {
  const home = mkdtempSync(join(tmpdir(), 'nfkit-consumer-'))
  try {
    return await installedIn(home)
  } catch (error) {
    rmSync(home, { recursive: true })
    throw error
  }
}

async function installedIn(home: string): Promise<Consumer> {
  const [tarballs, bin, directory] = ['tarballs', 'bin', 'project'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ]
  for (const made of [tarballs, bin, directory]) mkdirSync(made)
  const packed = [...(await packPublished(tarballs)), ...(await packOthers(tarballs))]
  const dependencies = Object.fromEntries(packed.map(({ name, file }) => [name, `file:${file}`]))
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  write('package.json', JSON.stringify({ name: 'consumer', private: true, dependencies }))
  symlinkSync(process.execPath, join(bin, 'node'))
  symlinkSync(realpathSync('/bin/sh'), join(bin, 'sh'))
  const npm = (await output('sh', ['-c', 'command -v npm'], { cwd: home })).trim()
  const alone = ['--offline', '--cache', join(home, 'cache'), '--no-audit', '--no-fund', '--foreground-scripts']
  const said = await output(process.execPath, [realpathSync(npm), 'install', ...alone], { cwd: directory, path: bin })
  return { directory, said, write }
}
