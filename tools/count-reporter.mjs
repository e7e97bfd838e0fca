// A vitest reporter that counts, and keeps the reason of every skip.
import { writeFileSync } from 'node:fs'

export default class CountReporter {
  onTestRunEnd(modules) {
    const counts = { passed: 0, failed: 0, skipped: [] }
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) counts.failed++
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'passed') counts.passed++
        else if (result.state === 'failed') counts.failed++
        else
          counts.skipped.push({
            name: `${module.relativeModuleId}: ${test.fullName}`,
            reason: result.note ?? 'no reason given',
          })
      }
    }
    writeFileSync(process.env.NFKIT_TEST_REPORT, JSON.stringify(counts))
  }
}
