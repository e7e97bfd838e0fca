#!/usr/bin/env node
/**
 * Whether a fault of the simulator would be noticed: makes mutants of its sources by rule, chooses some by a seed, and runs the
 * scenarios (`test/behaviour`) and then, where all of those hold, the simulator's own tests on each.
 *
 *   node tools/mutants.mjs [--sample 300] [--seed 1] [--only TEXT]... [--kernel NAME]... [--again FILE] [--json FILE]
 *
 * `--only` takes mutants whose name contains one of these (`packages/simulator/src/clock.ts:12:345 constant: 1 → (1 + 1)`), and `--kernel` runs
 * the scenarios on these simulated kernels only. `--again` takes the mutants that only tests noticed in a run that wrote this `--json`, and runs
 * the tests alone. Mutants that mean the same as the source are in `mutants/equivalent.mjs`, each with a reason. A run whose `--json` is there already
 * goes on where it ended. Prints a line for each mutant that no scenario notices, with the tests that do.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { commandLine } from './command-line.mjs'
import { builder, root } from './mutants/build.mjs'
import { assertKnown, equivalence } from './mutants/equivalent.mjs'
import { mutantsOf } from './mutants/rules.mjs'
import { sampleOf } from './mutants/sample.mjs'

const values = commandLine(import.meta.filename, {
  sample: { type: 'number', default: '300' },
  seed: { type: 'number', default: '1' },
  only: { type: 'string', multiple: true, default: [''] },
  kernel: { type: 'string', multiple: true, default: [] },
  again: { type: 'string' },
  json: { type: 'string' },
})
const sources = 'packages/simulator/src'
const workers = 2
/** A suite takes some seconds of a processor; a mutant that takes this long runs in a circle. */
const processorSeconds = 60
/** One that waits for what never comes takes none, and ends by itself; in any case it ends after these. */
const limitSeconds = 900

const all = readdirSync(root + sources, { recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .toSorted()
  .flatMap((name) => {
    const path = `${sources}/${name}`
    return mutantsOf(path, readFileSync(root + path, 'utf8')).map((mutant) => ({ path, ...mutant }))
  })
const idOf = ({ path, line, column, rule, was, is }) => `${path}:${line}:${column} ${rule}: ${was} → ${is}`
assertKnown(all)
const asked = all.filter((mutant) => values.only.some((text) => idOf(mutant).includes(text)))
const chosen = values.again ? noticedByTests(values.again) : sampleOf(asked, values.sample, values.seed)

const results = values.json && existsSync(values.json) ? JSON.parse(readFileSync(values.json, 'utf8')) : []
const done = new Set(results.map(({ mutant }) => mutant))
const queue = chosen.filter((mutant) => !done.has(idOf(mutant))).values()
await Promise.all(Array.from({ length: workers }, work))
const by = (killer) => results.filter((result) => result.killer === killer).length
console.log(
  `${asked.length} mutants, ${results.length} run: ${by('scenario')} noticed by scenarios, ${by('test')} by tests alone, ${by('nothing')} by nothing; ${by('equivalent')} are no faults`,
)

async function work() {
  const suites = await Promise.all([builder('scenarios'), builder('tests')])
  for (const mutant of queue) {
    const result = { mutant: idOf(mutant), ...(await judge(mutant, suites)) }
    results.push(result)
    if (values.json) writeFileSync(values.json, JSON.stringify(results, null, 1))
    if (result.killer !== 'scenario')
      console.log(`${result.killer}: ${result.mutant}${result.by.map((name) => `\n    ${name}`).join('')}`)
  }
  await Promise.all(suites.map((suite) => suite.dispose()))
}

/** Who notices: a scenario, else tests, else nothing; and `by` whom. Or why there is nothing to notice. */
async function judge(mutant, [scenarios, tests]) {
  const same = equivalence(mutant)
  if (same !== undefined) return { killer: 'equivalent', by: [same] }
  const differing = values.again ? [] : await failures(scenarios, mutant)
  if (differing.length > 0) return { killer: 'scenario', by: differing }
  const failing = await failures(tests, mutant)
  return { killer: failing.length > 0 ? 'test' : 'nothing', by: failing }
}

/** The names of what fails; a program that does not end, or ends of its own accord, counts as one. */
async function failures(suite, mutant) {
  let file
  try {
    file = await suite.build(mutant)
  } catch {
    return ['it does not build']
  }
  const child = spawn('prlimit', [`--cpu=${processorSeconds}`, process.execPath, file, ...values.kernel], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: limitSeconds * 1000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  const [code, signal] = await new Promise((resolve) => child.once('close', (...how) => resolve(how)))
  if (code === 0) return []
  const last = output.trim().split('\n').at(-1)
  return last.startsWith('[') ? JSON.parse(last) : [signal ? 'it ran in a circle' : 'the program broke']
}

function noticedByTests(file) {
  const noticed = JSON.parse(readFileSync(file, 'utf8')).filter(({ killer }) => killer === 'test')
  const wanted = new Set(noticed.map(({ mutant }) => mutant))
  const found = all.filter((mutant) => wanted.has(idOf(mutant)))
  if (found.length !== wanted.size)
    throw new Error(
      `${wanted.size - found.length} of ${wanted.size} mutants are not there: the sources have changed since`,
    )
  return found
}
