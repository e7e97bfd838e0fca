#!/usr/bin/env node
/**
 * The behavioural suite on the simulator and on this machine's kernel; with `--vm` on stock Debian kernels as well, and the results
 * written to docs/behaviour.md.
 *
 *   node tools/behaviour.mjs [--vm] [--kernel 6.1]... [--only TEXT] [--runtime bun | deno]
 *
 * `--kernel` takes these Debian kernels only, `--only` these scenarios only; neither writes the document. With `--runtime` something else than Node.js
 * runs the suite on the simulator and this machine's kernel. The exit code is 1 when
 * anything differs anywhere; in a virtual machine, when it does so twice.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { bundle } from './behaviour/bundle.mjs'
import { matrix } from './behaviour/matrix.mjs'
import { onDebian, onSimulator, onThisKernel } from './behaviour/run.mjs'
import { commandLine, refuse } from './command-line.mjs'
import { runtimes } from './runtimes.mjs'
import { kernelNames } from './vm/kernel.mjs'

const values = commandLine(import.meta.filename, {
  vm: { type: 'boolean', default: false },
  kernel: { type: 'string', multiple: true },
  only: { type: 'string' },
  runtime: { type: 'string', default: 'node' },
})
const command = runtimes[values.runtime]
if (!command) refuse(`--runtime is one of ${Object.keys(runtimes).join(', ')}, not ${values.runtime}`)
const file = await bundle('test/behaviour/run.ts')
const { only } = values
const columns = []
let differences = 0
await take(() => onSimulator(command, file, only))
await take(() => onThisKernel(command, file, only))
// Guests have one processor each, and run side by side.
const guests = values.vm ? (values.kernel ?? kernelNames).map((kernel) => onDebian(file, kernel, only)) : []
for (const guest of await Promise.allSettled(guests))
  await take(() => (guest.status === 'fulfilled' ? guest.value : Promise.reject(guest.reason)))
if (values.vm && values.kernel === undefined && values.only === undefined && columns.length > 0) {
  const document = new URL('../docs/behaviour.md', import.meta.url)
  const text = matrix(columns)
  if (text !== current(document)) writeFileSync(document, text)
  console.log('wrote docs/behaviour.md')
}
process.exitCode = differences === 0 ? 0 : 1

/** Add what a place says to the columns. */
async function take(run) {
  try {
    for (const column of await run()) {
      columns.push(column)
      differences += report(column)
    }
  } catch (error) {
    console.error(error.message)
    differences++
  }
}

/** Prints what came of one kernel; returns how many scenarios differ. */
function report({ title, results, seconds }) {
  const of = (outcome) => results.filter((result) => result.outcome === outcome)
  const differing = of('differs')
  for (const { statement, name, detail } of differing)
    console.log(`✗ ${title}: ${statement} ${name}\n  ${detail.replaceAll('\n', '\n  ')}`)
  const took = (results.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000).toFixed(1)
  const booted =
    seconds === undefined
      ? ''
      : `, boot ${seconds.bootSeconds.toFixed(1)} s, all in all ${(seconds.bootSeconds + seconds.commandSeconds).toFixed(1)} s`
  const counts = `${of('holds').length} hold, ${differing.length} differ, ${of('not available').length} not available`
  console.log(`${title}: ${counts}; ${took} s${booted}`)
  return differing.length
}

function current(document) {
  try {
    return readFileSync(document, 'utf8')
  } catch {
    return undefined
  }
}
