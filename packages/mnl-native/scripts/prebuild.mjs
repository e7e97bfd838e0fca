/**
 * Build the addons that are published: `node scripts/prebuild.mjs [x64] [arm64]`, both by default, into prebuilds/.
 *
 * One file per processor serves every libc: it uses only what glibc, from 2.17 on, and musl both have, and that is checked.
 * Processors other than this one need Debian's cross compiler (apt install g++-aarch64-linux-gnu). libmnl is linked through a
 * stand-in with its name, so that the other processor's libmnl need not be installed.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { argv, env, execPath, exit, versions } from 'node:process'
import { fileURLToPath } from 'node:url'
import { headers } from './build.mjs'

const triples = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }
const root = fileURLToPath(new URL('..', import.meta.url))
const prebuildify = createRequire(import.meta.url).resolve('prebuildify/bin.js')

/** What the addon may ask of a libc. A new name belongs here once musl has it too. */
const libc = new Set(
  '__cxa_finalize __errno_location clock_gettime close connect eventfd getsockname getsockopt ioctl memcpy memmove memset poll pthread_create pthread_join read recvmmsg sendmsg sendto setns setsockopt socket strlen syscall write'.split(
    ' ',
  ),
)
const newestGlibc = 17

const run = (command, args, options) => execFileSync(command, args, { encoding: 'utf8', ...options })

/** A library that has libmnl's name and functions, and does nothing. */
function standIn(triple, directory) {
  const functions = run('sh', [
    '-c',
    `grep -o 'mnl_socket_[a-z0-9_]*(' "${directory}/include/libmnl/libmnl.h" | sort -u`,
  ])
  const source = functions
    .split('\n')
    .filter(Boolean)
    .map((name) => `void ${name}) {}`)
  writeFileSync(join(directory, 'mnl.c'), source.join('\n'))
  mkdirSync(join(directory, 'lib'))
  const output = ['-o', join(directory, 'lib/libmnl.so'), join(directory, 'mnl.c')]
  run(`${triple}-gcc`, ['-shared', '-fPIC', '-Wl,-soname,libmnl.so.0', ...output])
}

/** What keeps `file` from loading everywhere. */
function objections(triple, file) {
  return run(`${triple}-nm`, ['-D', '--undefined-only', file])
    .split('\n')
    .map((line) => /(\w+)@GLIBC_2\.(\d+)/.exec(line))
    .filter((match) => match && !(libc.has(match[1]) && Number(match[2]) <= newestGlibc))
    .map(([symbol]) => symbol)
}

function build(arch) {
  const triple = triples[arch]
  const directory = join(root, '.cache', `prebuild-${arch}`)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(join(directory, 'include'), { recursive: true })
  for (const part of ['binding.gyp', 'native', 'package.json']) {
    cpSync(join(root, part), join(directory, part), { recursive: true })
  }
  symlinkSync(
    join(run('pkg-config', ['--variable=includedir', 'libmnl']).trim(), 'libmnl'),
    join(directory, 'include/libmnl'),
  )
  standIn(triple, directory)
  const target = ['--arch', arch, '--target', versions.node, '--name', 'mnl-native', '--napi', '--tag-uv']
  const strip = ['--strip', '--strip-bin', `${triple}-strip`]
  execFileSync(execPath, [prebuildify, '--cwd', directory, '--out', root, ...target, ...strip], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...env,
      ...headers(),
      CC: `${triple}-gcc`,
      CXX: `${triple}-g++`,
      CXXFLAGS: `-I${directory}/include`,
      LDFLAGS: `-L${directory}/lib`,
    },
  })
  const file = join(root, 'prebuilds', `linux-${arch}`, `mnl-native.uv${versions.uv.split('.')[0]}.node`)
  const reasons = objections(triple, file)
  console.log(`${file}: ${reasons.length > 0 ? `asks too much of libc: ${reasons.join(', ')}` : 'fine'}`)
  return reasons.length === 0
}

const wanted = argv.length > 2 ? argv.slice(2) : Object.keys(triples)
exit(wanted.map(build).every(Boolean) ? 0 : 1)
