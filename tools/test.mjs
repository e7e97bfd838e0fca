// All tests: the pure ones and those on the simulator as they are, those on the real kernel each inside a network namespace of its
// own. Ends with one line that counts. With NFKIT_ALLOW_SKIPS=no a skip is a failure unless its reason is the kernel's.
//   node tools/test.mjs [unit|kernel] [vitest's own arguments]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [only, ...rest] = ['unit', 'kernel'].includes(process.argv[2])
  ? process.argv.slice(2)
  : [undefined, ...process.argv.slice(2)]
const vitest = join('node_modules', 'vitest', 'vitest.mjs')
const reports = mkdtempSync(join(tmpdir(), 'nfkit-test-'))

/** How to get a private network namespace here, or why there is none. */
function namespace() {
  const ways = process.getuid?.() === 0 ? [['unshare', '-n']] : [['unshare', '-Urn']]
  for (const way of ways) {
    if (spawnSync(way[0], [...way.slice(1), 'true']).status === 0) return { way }
  }
  return { reason: 'no network namespace can be made: run as root, or allow unprivileged user namespaces' }
}

function run(project, prefix = [], files = []) {
  const report = join(reports, 'counts.json')
  rmSync(report, { force: true })
  const [command, ...args] = [
    ...prefix,
    process.execPath,
    vitest,
    'run',
    '--project',
    project,
    ...(files.length > 0 ? files : rest),
  ]
  const reporters = ['--reporter=default', '--reporter=./tools/count-reporter.mjs', '--passWithNoTests']
  const { status } = spawnSync(command, [...args, ...reporters], {
    stdio: 'inherit',
    env: { ...process.env, NFKIT_TEST_REPORT: report },
  })
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'))
    // Errors outside of tests leave no failed test behind.
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
  } catch {
    return { passed: 0, failed: 1, skipped: [] }
  }
}

/** Files of the kernel ring: each gets a namespace of its own, so that none meets what another left. */
function kernelFiles() {
  const wanted = rest.filter((argument) => !argument.startsWith('-'))
  return ['packages', 'apps', 'test']
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((path) => join(folder, path)))
    .filter((path) => path.endsWith('.kernel.test.ts') && !path.includes('node_modules'))
    .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
    .sort()
}

const results = []
if (only !== 'kernel') results.push(run('unit'))
if (only !== 'unit') {
  const { way, reason } = namespace()
  if (way) results.push(...kernelFiles().map((file) => run('kernel', way, [file])))
  else results.push({ passed: 0, failed: 0, skipped: [{ name: 'all tests on the real kernel', reason }] })
}
rmSync(reports, { recursive: true })

const skipped = results.flatMap((result) => result.skipped)
for (const skip of skipped) console.log(`skipped: ${skip.name}: ${skip.reason}`)
const strict = process.env.NFKIT_ALLOW_SKIPS === 'no'
const avoidable = strict ? skipped.filter((skip) => !skip.reason.startsWith('kernel: ')) : []
for (const skip of avoidable) console.log(`could have run here: ${skip.name}`)

const sum = (key) => results.reduce((total, result) => total + result[key], 0)
const failed = sum('failed') + avoidable.length
console.log(`${sum('passed')} passed, ${failed} failed, ${skipped.length} skipped`)
process.exitCode = failed === 0 ? 0 : 1
