// A vitest reporter that counts, and keeps what failed, what held at the second try only, and the reason of every skip.
import { writeFileSync } from 'node:fs'

const firstLine = (error) => String(error?.message ?? error).split('\n')[0]

export default class CountReporter {
  onTestRunEnd(modules, unhandled = []) {
    const counts = { passed: 0, failed: [], unsteady: [], skipped: [] }
    const fail = (name, errors) => counts.failed.push({ name, reason: errors.map(firstLine).join('; ') })
    for (const module of modules) {
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0) fail(`${module.relativeModuleId}: ${suite.fullName}`, suite.errors())
      if (module.errors().length > 0) fail(module.relativeModuleId, module.errors())
      for (const test of module.children.allTests()) {
        const name = `${module.relativeModuleId}: ${test.fullName}`
        const { state, errors = [], note = 'no reason given' } = test.result()
        if (state === 'passed') counts.passed++
        else if (state === 'failed') fail(name, errors)
        else counts.skipped.push({ name, reason: note })
        if (state === 'passed' && test.diagnostic()?.flaky)
          counts.unsteady.push({ name, reason: errors.map(firstLine).join('; ') })
      }
    }
    for (const error of unhandled) fail('outside of tests', [error])
    writeFileSync(process.env.NFKIT_TEST_REPORT, JSON.stringify(counts))
  }
}
