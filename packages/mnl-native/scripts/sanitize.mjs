/**
 * Build the addon with the address and undefined-behaviour sanitizers, beside the ordinary one, and run the package's kernel
 * tests with it: any report ends the process it is in and fails the run. Further arguments go to vitest.
 *
 * Leaks are not looked for: Node leaves memory to the system when it ends. The test with 10,000 sockets looks for ours.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv, env, execPath, exit, getuid } from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = join(root, '.cache', 'sanitize')
const minutes = 5

rmSync(directory, { recursive: true, force: true })
mkdirSync(directory, { recursive: true })
for (const part of ['binding.gyp', 'native', 'package.json']) {
  cpSync(join(root, part), join(directory, part), { recursive: true })
}

const flags = '-fsanitize=address,undefined -fno-sanitize-recover=all -fno-sanitize=vptr -fno-omit-frame-pointer -g -O1'
env.CXXFLAGS = flags
env.LDFLAGS = flags
if (build([], directory) !== 0) exit(1)

// Loaded before every program: the addon with sanitizers takes the place of the ordinary one.
const instead = join(directory, 'instead.cjs')
writeFileSync(
  instead,
  `const load = process.dlopen
process.dlopen = (module, file, ...flags) =>
  load(module, file.endsWith('mnl_native.node') ? ${JSON.stringify(join(directory, 'build/Release/mnl_native.node'))} : file, ...flags)
`,
)

const compiler = env.CXX || 'c++'
const runtime = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
const repository = join(root, '..', '..')
const vitest = join(repository, 'node_modules/vitest/vitest.mjs')
const tests = ['run', '--project', 'kernel', '--testTimeout', '60000', 'packages/mnl-native', ...argv.slice(2)]
const { status, signal } = spawnSync(
  'unshare',
  [getuid() === 0 ? '-n' : '-Urn', 'env', `LD_PRELOAD=${runtime}`, execPath, vitest, ...tests],
  {
    cwd: repository,
    stdio: 'inherit',
    timeout: minutes * 60_000,
    env: {
      ...env,
      NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} --require ${instead}`,
      // A small quarantine of freed memory, so that the test that watches the resident size means something.
      ASAN_OPTIONS:
        'detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=2:malloc_context_size=8:allow_user_segv_handler=1',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    },
  },
)
if (signal) console.error(`ended by ${signal} (${minutes} minutes at most)`)
exit(status ?? 1)
