import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './packaging/published.ts'

test('every mutant of the simulator that is said to be none is there', () => {
  const { status, stderr } = spawnSync('node', [join(root, 'tools/mutants.mjs'), '--sample', '0'], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})
