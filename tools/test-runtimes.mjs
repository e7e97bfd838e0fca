/**
 * The packages under what else runs JavaScript than Node.js: their unit tests, then the behavioural suite on the simulator and this machine's kernel.
 *
 *   node tools/test-runtimes.mjs [bun | deno]
 *
 * Prints what is left out and why; the exit code is 1 when something else fails.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { leftOut, runtimes } from './runtimes.mjs'

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(leftOut)
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--reporter=dot', 'packages']

/** Whether a command ends well. */
const run = ([command, ...args]) => spawnSync(command, args, { stdio: 'inherit' }).status === 0

function holds(name) {
  const command = runtimes[name]
  if (!command || !leftOut[name]) throw new Error(`${name} is none of ${Object.keys(leftOut).join(', ')}`)
  if (!existsSync(command[0])) {
    console.error(`${name} is not installed: npm ci installs it on x64 with glibc`)
    return false
  }
  const excluded = Object.entries(leftOut[name]).map(([file, why]) => {
    console.log(`${name}: not run: ${file}: ${why}`)
    return `--exclude=${file}`
  })
  console.log(`${name}: unit tests`)
  const unit = run([...command, ...vitest, ...excluded])
  console.log(`${name}: behaviour`)
  return run([process.execPath, 'tools/behaviour.mjs', '--runtime', name]) && unit
}

process.exitCode = wanted.map(holds).every(Boolean) ? 0 : 1
