/**
 * The packages under what else runs JavaScript than Node.js: their unit tests, then the behavioural suite on the simulator and this machine's kernel.
 *
 *   node tools/test-runtimes.mjs [bun | deno] [vitest's own arguments]
 *
 * With arguments only the unit tests they select are run. Prints what is left out and why; the exit code is 1 when something else fails.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leftOut, runtimes } from './runtimes.mjs'

const names = Object.keys(leftOut)
const [wanted, selection] = names.includes(process.argv[2])
  ? [[process.argv[2]], process.argv.slice(3)]
  : [names, process.argv.slice(2)]
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project=unit', '--reporter=dot']
const literal = (text) => text.replace(/[^\w ]/g, '\\$&')

/** Whether a command ends well. */
const run = ([command, ...args], env = {}) =>
  spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0

/** Whether all unit tests pass but those left out, and these are there. */
function unit(name) {
  const titles = Object.keys(leftOut[name])
  const reports = mkdtempSync(join(tmpdir(), 'nfkit-runtimes-'))
  const report = join(reports, 'counts.json')
  try {
    const others = `--testNamePattern=^(?!.*(?:${titles.map(literal).join('|')})$)`
    const files = selection.length > 0 ? selection : ['packages']
    const command = [...runtimes[name], ...vitest, '--reporter=./tools/count-reporter.mjs', others, ...files]
    const passes = run(command, { NFKIT_TEST_REPORT: report })
    const { passed, failed, skipped } = JSON.parse(readFileSync(report, 'utf8'))
    const strangers = titles.filter((title) => !skipped.some((test) => test.name.endsWith(title)))
    for (const { name: test, reason } of failed) console.log(`${name}: failed: ${test}: ${reason}`)
    if (selection.length === 0) for (const title of strangers) console.log(`${name}: left out, and not there: ${title}`)
    console.log(`${name}: ${passed} passed, ${failed.length} failed, ${titles.length - strangers.length} left out`)
    return passes && (selection.length > 0 || strangers.length === 0)
  } finally {
    rmSync(reports, { recursive: true })
  }
}

function holds(name) {
  if (!existsSync(runtimes[name][0])) {
    console.error(`${name} is not installed: npm ci installs it on x64 with glibc`)
    return false
  }
  for (const [title, why] of Object.entries(leftOut[name])) console.log(`${name}: left out: ${title}: ${why}`)
  const passes = unit(name)
  return (selection.length > 0 || run([process.execPath, 'tools/behaviour.mjs', '--runtime', name])) && passes
}

process.exitCode = wanted.map(holds).every(Boolean) ? 0 : 1
