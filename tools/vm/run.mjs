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
import { parseArgs } from 'node:util'
import { refuseWords } from '../numbers.mjs'
import { runInGuest } from './guest.mjs'
import { prepare } from './prepare.mjs'

const text = (value) => ({ type: 'string', default: value })
const [own, command] = split(process.argv.slice(2))
const { values } = parseArgs({
  args: own,
  options: {
    kernel: text('6.1'),
    timeout: text('300'),
    memory: text('1024'),
    processors: text('1'),
    modules: text(''),
    output: { type: 'string' },
    times: { type: 'boolean', default: false },
  },
})
refuseWords(values, ['timeout', 'memory', 'processors'])
if (command === '') {
  console.error('run: no command; see the head of tools/vm/run.mjs')
  process.exit(2)
}
try {
  prepare(values.kernel)
  const { code, bootSeconds, commandSeconds } = await runInGuest(command, {
    kernel: values.kernel,
    timeoutSeconds: Number(values.timeout),
    memory: Number(values.memory),
    processors: Number(values.processors),
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
