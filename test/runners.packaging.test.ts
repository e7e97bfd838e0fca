import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { blocksOf } from './docs/markdown.ts'
import { consumer } from './packaging/consumer.ts'
import { run } from './packaging/program.ts'
import { root } from './packaging/published.ts'

const project = await consumer('runners')

const guide = 'docs/guides/test-without-root.md'
const blocks = blocksOf(guide, readFileSync(join(root, guide), 'utf8'))
/** The first program of the guide that has this text. */
const program = (text: string): string => blocks.find(({ code }) => code.includes(text))!.code

const installed = (path: string) => join(root, 'node_modules', path)
const vitest = installed('vitest/vitest.mjs')
const jest = installed('jest/bin/jest.js')
const node24 = installed('node-24/bin/node')
const modules = '--experimental-vm-modules'

beforeAll(() => {
  // Test runners are the user's, and are not packed.
  mkdirSync(join(project.directory, 'node_modules'))
  for (const runner of ['vitest', 'jest', '@jest'])
    symlinkSync(installed(runner), join(project.directory, 'node_modules', runner))
  project.write('firewall.mjs', program('// firewall.mjs'))
})

const vitestProgram = program("from 'vitest'")
const nodeProgram = program("from 'node:test'")
const jestProgram = program("from '@jest/globals'")

/** An ES module with named imports from packages as CommonJS. */
const asCommonJs = (code: string) =>
  code
    .replace(/^import (\{.*\}) from '(@nfkit.*)'$/gm, "const $1 = require('$2')")
    .replace(/^import .*\n/gm, '')
    .replace('firewall', '(packet) => (packet.ip?.tcp?.destinationPort === 23 ? packet.drop() : packet.accept())')

interface Runner {
  readonly name: string
  readonly node?: string
  /** How the runner is called, with the test file behind it. */
  readonly args: readonly string[]
  readonly file: string
  readonly code: string
  /** What it says where nothing failed. */
  readonly passed: RegExp
}

const jestPassed = (tests: number) => new RegExp(`Tests: +${tests} passed, ${tests} total`)
const runners: readonly Runner[] = [
  { name: 'vitest', args: [vitest, 'run'], file: 'a.test.mjs', code: vitestProgram, passed: /Tests +2 passed \(2\)/ },
  { name: 'node:test', args: ['--test'], file: 'b.test.mjs', code: nodeProgram, passed: /pass 1\n.*fail 0/ },
  {
    name: 'node:test, CommonJS',
    args: ['--test'],
    file: 'c.test.cjs',
    code: `const { test } = require('node:test')\n${asCommonJs(nodeProgram)}`,
    passed: /pass 1\n.*fail 0/,
  },
  { name: 'jest', args: [modules, jest], file: 'd.test.mjs', code: jestProgram, passed: jestPassed(1) },
  {
    name: 'jest, CommonJS',
    node: node24,
    args: [modules, jest],
    file: 'e.test.cjs',
    code: asCommonJs(jestProgram),
    passed: jestPassed(1),
  },
]

describe.each(runners)('$name', ({ node = process.execPath, args, file, code, passed }) => {
  beforeEach(async ({ skip }) => {
    const there = await run(node, ['--version'], { cwd: root }).catch(() => undefined)
    skip(there === undefined, `there is no ${node}: no build of it for this platform`)
  })

  const outcome = async () => {
    const { status, stdout, stderr } = await run(node, [...args, file], { cwd: project.directory })
    return { status, said: stripVTControlCharacters(stdout + stderr) }
  }

  test('runs the test of the guide as it stands', async () => {
    project.write(file, code)
    const { status, said } = await outcome()
    expect(said).toMatch(passed)
    expect(status).toBe(0)
  })

  test('fails where the filter does something else', async () => {
    project.write(file, code.replaceAll("'drop'", "'accept'"))
    const { status, said } = await outcome()
    expect(status, said).toBe(1)
    expect(said).toContain('drop')
  })
})
