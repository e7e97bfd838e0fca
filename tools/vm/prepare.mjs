#!/usr/bin/env node
/**
 * Fetch stock Debian kernels through apt and make them ready to boot. Nothing is installed.
 *
 *   node tools/vm/prepare.mjs [--refresh] [6.1 | 6.12 | newest ...]
 *
 * What is prepared already stays as it is, unless `--refresh` asks for what the archive carries today.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { run, Suite } from './archive.mjs'
import { files, kernelNames, kernels } from './kernel.mjs'
import { imageIn, initramfs, uncompressed, unpack } from './unpack.mjs'

/** Make one kernel ready; returns its release and what it was made from. */
export function prepare(name, { refresh = false } = {}) {
  if (!kernelNames.includes(name)) throw new Error(`no kernel is called ${name}; there are ${kernelNames.join(', ')}`)
  const ready = prepared(name)
  if (ready && !refresh) return ready
  const { suite, packages, versions } = newest(kernels[name].map((suite) => candidate(suite)).filter(Boolean), name)
  const made = `Debian ${suite.name}, ${packages[0]} ${versions[0]}`
  if (ready?.made === made) return ready
  const { home } = files(name)
  mkdirSync(join(home, '..'), { recursive: true })
  const work = mkdtempSync(`${home}.`)
  try {
    suite.download(packages, work)
    const debs = readdirSync(work).map((file) => join(work, file))
    const tree = join(work, 'tree')
    const release = unpack(debs, tree)
    writeFileSync(join(work, 'vmlinux'), uncompressed(imageIn(tree, release)))
    writeFileSync(join(work, 'initramfs.cpio'), initramfs(tree, release, join(work, 'root')))
    for (const file of [...debs, join(work, 'root')]) rmSync(file, { recursive: true })
    writeFileSync(join(work, 'release'), `${release}\n${made}\n`)
    rmSync(home, { recursive: true, force: true })
    renameSync(work, home)
    return { release, made }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** What is ready to boot under this name, or `undefined`. */
export function prepared(name) {
  const { release } = files(name)
  if (!existsSync(release)) return undefined
  const [version, made] = readFileSync(release, 'utf8').split('\n')
  return { release: version, made }
}

function candidate(name) {
  try {
    const suite = new Suite(name)
    const packages = suite.kernelPackages()
    return { suite, packages, versions: suite.versions(packages).split(' ') }
  } catch (error) {
    console.error(`prepare: ${name}: ${error.message}`)
    return undefined
  }
}

function newest(candidates, name) {
  const newer = (a, b) =>
    run('sh', ['-c', 'dpkg --compare-versions "$1" gt "$2" && echo yes || true', 'compare', a, b]) !== ''
  const best = candidates.reduce(
    (best, next) => (best && !newer(next.versions[0], best.versions[0]) ? best : next),
    undefined,
  )
  if (best === undefined)
    throw new Error(`no suite of Debian in reach carries kernel ${name}: ${kernels[name].join(', ')}`)
  return best
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2).filter((argument) => argument !== '--refresh')
  for (const name of names.length > 0 ? names : kernelNames) {
    const started = Date.now()
    const { release, made } = prepare(name, { refresh: process.argv.includes('--refresh') })
    console.log(`${name}: ${release} (${made}), ${((Date.now() - started) / 1000).toFixed(1)} s`)
  }
}
