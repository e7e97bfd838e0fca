// Known vulnerabilities in what users install, as `npm audit` knows them. Registries need not answer that: then it says so, and the
// exit code is 0. The workflow `verify` asks npm's own registry, and there no answer is a failure.
import { spawnSync } from 'node:child_process'

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' })
const answer = parsed(stdout)
if (answer?.metadata?.vulnerabilities === undefined) {
  console.log(`not audited: this registry does not answer: ${answer?.message ?? 'nothing was said'}`)
} else {
  const { total } = answer.metadata.vulnerabilities
  console.log(`${total} known vulnerabilities in what users install`)
  for (const { name, severity } of Object.values(answer.vulnerabilities)) console.log(`  ${name}: ${severity}`)
  process.exitCode = total === 0 ? 0 : 1
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
