/** Build the addon with node-gyp: `node scripts/build.mjs`. Further arguments go to node-gyp. */
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { argv, env, execPath, exit } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

const needs = [
  { command: ['pkg-config', '--exists', 'libmnl'], packages: 'pkg-config libmnl-dev' },
  { command: [env.CXX || 'c++', '--version'], packages: 'g++' },
  { command: ['make', '--version'], packages: 'make' },
  { command: ['python3', '--version'], packages: 'python3' },
]

/** Debian's names of the packages that are missing here. */
export function missingPackages() {
  return needs
    .filter(({ command: [name, ...rest] }) => spawnSync(name, rest, { stdio: 'ignore', shell: false }).status !== 0)
    .map(({ packages }) => packages)
}

/** Where node-gyp's program is, or `undefined`: the project's own comes first, then the one npm brings along. */
export function nodeGyp() {
  try {
    return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  } catch {
    return env.npm_config_node_gyp
  }
}

/** Tells node-gyp of the headers beside the node that runs, if there are any: they need no download. */
export function headers() {
  const prefix = dirname(dirname(realpathSync(execPath)))
  return existsSync(join(prefix, 'include/node/node_api.h')) ? { npm_config_nodedir: prefix } : {}
}

/** Returns node-gyp's exit status. */
export function build(rest = [], directory = fileURLToPath(new URL('..', import.meta.url))) {
  const { status } = spawnSync(execPath, [nodeGyp(), 'rebuild', '--directory', directory, ...rest], {
    stdio: 'inherit',
    env: { ...env, ...headers() },
  })
  return status ?? 1
}

if (import.meta.url === pathToFileURL(realpathSync(argv[1])).href) {
  const missing = missingPackages()
  if (missing.length > 0 || !nodeGyp()) {
    console.error(
      `Cannot build @nfkit/mnl-native: missing ${[...missing, ...(nodeGyp() ? [] : ['node-gyp'])].join(' ')}.`,
    )
    exit(1)
  }
  exit(build(argv.slice(2)))
}
