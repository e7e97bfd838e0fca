// All tests: the pure ones and those on the simulator as they are, those on the real kernel each file inside a network namespace of its
// own, side by side. Ends with what was skipped, what held at the second try only, what failed, and one line that counts.
// With NFKIT_ALLOW_SKIPS=no a skip is a failure unless its reason is the kernel's.
//   node tools/test.mjs [unit|packaging|browser|kernel] [vitest's own arguments]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { obstacle } from './namespace-pool.mjs'

const rings = ['unit', 'packaging', 'browser', 'kernel']
const [only, ...rest] = rings.includes(process.argv[2]) ? process.argv.slice(2) : [undefined, ...process.argv.slice(2)]
const wanted = only === undefined ? rings : [only]
const reason = wanted.includes('kernel') ? obstacle() : undefined
const projects = reason === undefined ? wanted : wanted.filter((ring) => ring !== 'kernel')

const none = { passed: 0, failed: [], unsteady: [], skipped: [] }
const unsaid = (status) => ({ name: 'vitest', reason: `it ended with ${status} and did not say why` })

function run() {
  const reports = mkdtempSync(join(tmpdir(), 'nfkit-test-'))
  const report = join(reports, 'counts.json')
  const vitest = [join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...rest]
  const reporters = ['--reporter=default', '--reporter=./tools/count-reporter.mjs', '--passWithNoTests']
  const { status } = spawnSync(
    process.execPath,
    [...vitest, ...projects.flatMap((name) => ['--project', name]), ...reporters],
    { stdio: 'inherit', env: { ...process.env, NFKIT_TEST_REPORT: report } },
  )
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'))
    return status !== 0 && counts.failed.length === 0 ? { ...counts, failed: [unsaid(status)] } : counts
  } catch {
    return { ...none, failed: [unsaid(status)] }
  } finally {
    rmSync(reports, { recursive: true })
  }
}

const { passed, failed, unsteady, skipped } = projects.length > 0 ? run() : none
if (reason !== undefined) skipped.push({ name: 'all tests on the real kernel', reason })

const strict = process.env.NFKIT_ALLOW_SKIPS === 'no'
const avoidable = strict ? skipped.filter((skip) => !skip.reason.startsWith('kernel: ')) : []
const endings = Object.entries({
  skipped,
  'held at the second try': unsteady,
  'could have run here': avoidable,
  failed,
})
for (const [ending, tests] of endings)
  for (const { name, reason } of tests) console.log(`${ending}: ${name}: ${reason}`)

const bad = failed.length + avoidable.length
console.log(`${passed} passed, ${bad} failed, ${skipped.length} skipped`)
process.exitCode = bad === 0 ? 0 : 1
