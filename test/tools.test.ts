import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

/** Tools with a command line, and an option of each that is a number, if one is. */
const tools: Readonly<Record<string, string | undefined>> = {
  'attack/run.mjs': 'minutes',
  'bench/run.mjs': 'rounds',
  'differ/run.mjs': 'seed',
  'soak/run.mjs': 'minutes',
  'stress/run.mjs': 'bursts',
  'tools/behaviour.mjs': undefined,
  'tools/mutants.mjs': 'sample',
  'tools/vm/run.mjs': 'timeout',
}

const run = (tool: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [tool, ...args], { encoding: 'utf8', timeout: 60_000 })

describe.each(Object.entries(tools))('%s', (tool, number) => {
  test('tells what it takes', () => {
    const { status, stdout, stderr } = run(tool, '--help')
    expect([status, stderr]).toEqual([0, ''])
    if (number !== undefined) expect(stdout).toContain(`--${number}`)
  })

  test('refuses what it does not know in one line', () => {
    const { status, stdout, stderr } = run(tool, '--nonsense')
    expect([status, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1])
    expect(stderr).toContain('--nonsense')
  })

  if (number !== undefined)
    test('refuses what is no number', () => {
      const { status, stdout, stderr } = run(tool, `--${number}`, 'many')
      expect([status, stdout, stderr]).toEqual([2, '', `--${number} is a number, not many\n`])
    })
})
