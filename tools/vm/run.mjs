#!/usr/bin/env node
/**
 * Run a shell command as root under a stock Debian kernel.
 *
 *   node tools/vm/run.mjs [--kernel 6.1] [--timeout 300] [--memory 1024] [--processors 1] [--modules a,b] [--output DIR]
 *                         [--times] -- COMMAND...
 *
 * The command sees the host's files at the same paths, read-only, under an overlay that is thrown away, and runs in the same
 * directory. What it leaves in $VM_OUTPUT comes back in DIR. Its exit code is the program's; 125 when the guest failed.
 */
import { resolve } from 'node:path'
import { commandLine, refuse } from '../command-line.mjs'
import { runInGuest } from './guest.mjs'
import { prepare } from './prepare.mjs'

const [own, command] = split(process.argv.slice(2))
const values = commandLine(
  import.meta.filename,
  {
    kernel: { type: 'string', default: '6.1' },
    timeout: { type: 'number', default: '300' },
    memory: { type: 'number', default: '1024' },
    processors: { type: 'number', default: '1' },
    modules: { type: 'string', default: '' },
    output: { type: 'string' },
    times: { type: 'boolean', default: false },
  },
  own,
)
if (command === '') refuse('there is no command; --help says where it stands')
try {
  prepare(values.kernel)
  const { code, bootSeconds, commandSeconds } = await runInGuest(command, {
    kernel: values.kernel,
    timeoutSeconds: values.timeout,
    memory: values.memory,
    processors: values.processors,
    modules: values.modules === '' ? [] : values.modules.split(','),
    ...(values.output === undefined ? {} : { output: resolve(values.output) }),
  })
  if (values.times)
    console.error(`boot and shutdown ${bootSeconds.toFixed(1)} s, command ${commandSeconds.toFixed(1)} s`)
  process.exitCode = code
} catch (error) {
  console.error(`run: ${error.message}`)
  process.exitCode = 125
}

/** Everything after `--` is the guest's. */
function split(args) {
  const at = args.indexOf('--')
  return at < 0 ? [args, ''] : [args.slice(0, at), args.slice(at + 1).join(' ')]
}
