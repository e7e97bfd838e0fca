/** Debian's package archive, asked through apt with lists of our own: the machine's sources stay as they are. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from './kernel.mjs'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Where this machine gets its Debian release from: the archive's address as apt knows it, and the release's name. */
function machineSource() {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)'
  const lines = run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).trim().split('\n')
  const sources = lines.map((line) => line.split(' ')).filter(([, , component]) => component === 'main')
  // The plain release, neither its updates nor its security archive: the other suites live beside it.
  const plain = sources.find(([, release]) => !/[-/]/.test(release))
  if (plain === undefined) throw new Error("apt's configuration has no Debian release with the component main")
  return { uri: plain[0], release: plain[1] }
}

/** A suite of Debian. Nothing is installed, and no file of the machine's apt is touched. */
export class Suite {
  #options

  /** Reads the suite's package lists, for another processor where one is named. Throws when the archive has no such suite. */
  constructor(name, architecture) {
    const source = machineSource()
    this.name = name ?? source.release
    const home = join(cache, 'apt', architecture === undefined ? this.name : `${this.name}-${architecture}`)
    for (const part of ['lists/partial', 'archives/partial', 'empty']) mkdirSync(join(home, part), { recursive: true })
    const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : ''
    const lines = [`deb ${signed}${source.uri} ${this.name} main`]
    const machine = this.name === source.release
    if (!machine) writeFileSync(join(home, 'sources.list'), `${lines.join('\n')}\n`)
    this.#options = [
      ['Dir::State::lists', join(home, 'lists')],
      ['Dir::Cache', home],
      ['Dir::Cache::archives', 'archives'],
      ['Acquire::Languages', 'none'],
      ['Acquire::Retries', '3'],
      ['APT::Get::AllowUnauthenticated', 'false'],
      // Without the privilege to become _apt, apt would only print a warning.
      ['APT::Sandbox::User', 'root'],
      ...(architecture === undefined
        ? []
        : [
            ['APT::Architecture', architecture],
            ['APT::Architectures', architecture],
          ]),
      // The machine's own release keeps its own sources: its security updates come from another archive.
      ...(machine
        ? []
        : [
            ['Dir::Etc::sourcelist', join(home, 'sources.list')],
            ['Dir::Etc::sourceparts', join(home, 'empty')],
          ]),
    ].flatMap(([key, value]) => ['-o', `${key}=${value}`])
    run('apt-get', [...this.#options, '-qq', 'update'])
  }

  /** Names of the packages that make up a kernel: the metapackage's image, and what newer releases split off it. */
  kernelPackages(meta = 'linux-image-amd64') {
    const found = new Set()
    const visit = (name) => {
      for (const dependency of this.#depends(name)) {
        if (!/^linux-(image|binary|modules)-\d/.test(dependency) || found.has(dependency)) continue
        found.add(dependency)
        visit(dependency)
      }
    }
    visit(meta)
    if (found.size === 0) throw new Error(`${this.name} has no ${meta}`)
    return [...found]
  }

  #depends(name) {
    const shown = run('apt-cache', [...this.#options, 'depends', name])
    return [...shown.matchAll(/^ *\|?Depends: ([^<\s]+)/gm)].map(([, dependency]) => dependency)
  }

  /** Identifies the packages as they are now in the archive. */
  versions(names) {
    const shown = run('apt-cache', [...this.#options, 'show', '--no-all-versions', ...names])
    return [...shown.matchAll(/^Version: (.*)$/gm)].map(([, version]) => version).join(' ')
  }

  /** Download packages into `directory`. apt checks their hashes against the signed lists. */
  download(names, directory) {
    run('apt-get', [...this.#options, '-qq', 'download', ...names], { cwd: directory })
  }
}

export function run(command, args, options = {}) {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
      ...options,
    })
  } catch (error) {
    const said = `${error.stderr ?? ''}`.trim().split('\n').slice(-3).join('\n')
    throw new Error(
      `${command} failed${error.status === undefined ? '' : ` (${error.status})`}: ${said || error.message}`,
    )
  }
}
