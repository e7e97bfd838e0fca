/**
 * Load the addons that are published wherever this machine can: `node scripts/try-prebuilds.mjs`, after scripts/prebuild.mjs.
 *
 * On this processor every Node at hand, Bun and Deno open a netlink socket with it, and hear from the kernel by each way to wake up they have. On the
 * other one an emulated Node hears so, too, but from NETLINK_ROUTE alone: the emulator knows no netfilter sockets. For musl, of which there is no Node in reach, a program of
 * its own loads the addon and lets it register. Prints a line for each; the exit code is 1 when one fails. What cannot be tried says why.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath, arch as here } from 'node:process'
import { fileURLToPath } from 'node:url'
import { leftOut, runtimes } from '../../../tools/runtimes.mjs'
import { Suite } from '../../../tools/vm/archive.mjs'
import { cache } from '../../../tools/vm/kernel.mjs'
import { muslHost } from './musl-host.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const repository = join(root, '..', '..')
const work = mkdtempSync(join(tmpdir(), 'nfkit-prebuilds-'))
const run = (command, args, options) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options })

const processors = {
  x64: { triple: 'x86_64-linux-gnu', debian: 'amd64' },
  arm64: { triple: 'aarch64-linux-gnu', debian: 'arm64' },
}
const emulatedNode = '24.21.0'

/** Loads the addon as the package does, and prints what opening a socket came to, and what was heard by each way to wake up. */
const program = `
const { Socket, send } = require(process.argv[2])
const ways = process.argv.slice(3)
// NLMSG_NOOP, to be acknowledged.
const request = Uint8Array.of(20, 0, 0, 0, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
const heard = (way) => new Promise((resolve) => {
  const socket = new Socket()
  const end = (said) => (socket.close(), resolve(said))
  socket.open(0, 0)
  const [bytes, none, spans] = [new Uint8Array(65536), new Uint8Array(0), new Int32Array(12)]
  const result = socket.receive(() => end('heard'), end, bytes, none, spans, 4, 16384, 0, 1, 1e6, way === 'thread', 0)
  if (result < 0) return end(result)
  socket.resume()
  send(socket.number(), request)
})
const socket = new Socket()
const failure = socket.open(12, 0) ?? null
socket.close()
const said = { arch: process.arch, failure, heard: {} }
const all = ways.reduce((before, way) => before.then(() => heard(way)).then((what) => (said.heard[way] = what)), Promise.resolve())
all.then(() => console.log(JSON.stringify(said)))`

let failures = 0

/** One line for one attempt; `attempt` returns what it saw, or throws. */
function attempt(title, attempt) {
  try {
    console.log(`ok       ${title}: ${attempt()}`)
  } catch (error) {
    const untried = error instanceof Untried
    if (!untried) failures++
    const said = `${error.stderr ?? ''}`.trim().split('\n').at(-1) || error.message
    console.log(`${untried ? 'untried ' : 'FAILED  '} ${title}: ${said}`)
  }
}

class Untried extends Error {}

const addonOf = (arch) => {
  const folder = join(root, 'prebuilds', `linux-${arch}`)
  const file = existsSync(folder) && readdirSync(folder).find((name) => name.endsWith('.node'))
  if (!file) throw new Untried('not built here: npm run prebuilds --workspace @nfkit/mnl-native')
  return join(folder, file)
}

const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0

/** How programs of a processor run here. */
function emulator(arch) {
  if (arch === here) return []
  const name = ['qemu-aarch64-static', 'qemu-aarch64'].find(has)
  if (arch !== 'arm64' || name === undefined) throw new Untried('no emulator: apt install qemu-user-static')
  return [name]
}

/** Packages of Debian, unpacked into a folder that is kept. Nothing is installed. */
function unpacked(arch, packages) {
  const tree = join(cache, 'prebuilds', `${arch}-${packages.join('-')}`)
  if (existsSync(tree)) return tree
  const debs = join(work, `${arch}-${packages[0]}`)
  mkdirSync(join(debs, 'tree'), { recursive: true })
  try {
    new Suite(undefined, arch === here ? undefined : processors[arch].debian).download(packages, debs)
  } catch (error) {
    throw new Untried(`Debian's archive does not answer: ${error.message}`)
  }
  for (const file of readdirSync(debs).filter((name) => name.endsWith('.deb')))
    run('dpkg', ['-x', join(debs, file), join(debs, 'tree')])
  return kept(join(debs, 'tree'), tree)
}

/** A Node for another processor, from the registry. */
function foreignNode(arch) {
  const home = join(cache, 'prebuilds', `node-${arch}-${emulatedNode}`)
  const node = join(home, 'package/bin/node')
  if (existsSync(node)) return node
  const at = join(work, 'node')
  mkdirSync(at)
  try {
    run('npm', ['pack', '--silent', `node-linux-${arch}@${emulatedNode}`], { cwd: at })
  } catch (error) {
    throw new Untried(`the registry has no Node for ${arch}: ${error.message.split('\n')[0]}`)
  }
  const [tarball] = readdirSync(at)
  run('tar', ['-xzf', tarball], { cwd: at })
  rmSync(join(at, tarball))
  kept(at, home)
  return node
}

function kept(from, to) {
  mkdirSync(join(to, '..'), { recursive: true })
  // Another file system may be in between.
  run('cp', ['-a', from, `${to}.${process.pid}`])
  renameSync(`${to}.${process.pid}`, to)
  return to
}

const everyWay = ['libuv', 'thread']

/** What a runtime made of the addon; throws where a way to wake up heard nothing. */
function opened(words, processor, ways) {
  writeFileSync(join(work, 'program.cjs'), program)
  const said = run(words[0], [...words.slice(1), join(work, 'program.cjs'), addonOf(processor), ...ways], {
    timeout: 60_000,
  })
  const { arch, failure, heard } = JSON.parse(said)
  const text = `${arch} ${failure ? `loaded it; ${failure.syscall}: error ${failure.errno}` : 'opened a socket'}`
  const deaf = ways.filter((way) => heard[way] !== 'heard')
  if (deaf.length > 0) throw new Error(`${text}; heard nothing by ${deaf.join(' and ')}`)
  return { failure, text: `${text}, and heard by ${ways.join(' and ')}` }
}

const nodes = [execPath, ...['node-22', 'node-24'].map((name) => join(repository, 'node_modules', name, 'bin/node'))]
const versioned = nodes
  .filter((node) => existsSync(node))
  .map((node) => [`Node ${run(node, ['--version']).trim()}`, [node], everyWay])
const others = Object.keys(leftOut)
  .filter((name) => existsSync(runtimes[name][0]))
  .map((name) => [name, runtimes[name], ['thread']])
for (const [name, words, ways] of [...versioned, ...others]) {
  attempt(`linux-${here} on glibc, ${name}`, () => {
    const { failure, text } = opened(words, here, ways)
    if (failure) throw new Error(text)
    return text
  })
}

for (const arch of Object.keys(processors).filter((arch) => arch !== here)) {
  attempt(`linux-${arch} on glibc`, () => {
    const words = emulator(arch)
    const libraries = join('/usr', processors[arch].triple)
    if (!existsSync(join(libraries, 'lib/libstdc++.so.6')))
      throw new Untried(`no C library for it: apt install g++-${processors[arch].triple}`)
    const mnl = join(unpacked(arch, ['libmnl0']), 'usr/lib', processors[arch].triple)
    const more = ['-L', libraries, '-E', `LD_LIBRARY_PATH=${mnl}`, foreignNode(arch)]
    const { failure, text } = opened([...words, ...more], arch, everyWay)
    // EPROTONOSUPPORT: the addon and libmnl did their part, the emulator passes no netfilter sockets on.
    if (failure && !(failure.syscall === 'socket' && failure.errno === 93)) throw new Error(text)
    return text
  })
}

for (const arch of Object.keys(processors)) {
  attempt(`linux-${arch} on musl`, () => {
    const { triple } = processors[arch]
    if (!has(`${triple}-gcc`)) throw new Untried(`no compiler: apt install gcc-${triple}`)
    const emulated = emulator(arch)
    const tree = unpacked(arch, ['musl', 'musl-dev'])
    const directory = join(work, `musl-${arch}`)
    const words = muslHost({ arch, triple, tree, addon: addonOf(arch), directory, emulator: emulated })
    const calls = run(words[0], words.slice(1)).split('\n')
    if (!calls.includes('napi_define_class')) throw new Error(`it registered nothing: ${calls.join(' ')}`)
    return 'loaded, every symbol found, and its class registered'
  })
}

rmSync(work, { recursive: true })
process.exitCode = failures === 0 ? 0 : 1
