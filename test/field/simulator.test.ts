import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { simulatedWorld } from '../../packages/firewall/test/suites/simulated-world.ts'
import { suites } from './index.ts'
import { folder } from './stage.ts'

const world = simulatedWorld('6.18')
for (const suite of Object.values(suites)) suite(world)

test('each program is short, says how to start it, and has its suite here', () => {
  const files = readdirSync(folder)
  expect(files.map((file) => file.replace('.mjs', ''))).toEqual(Object.keys(suites))
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8')
    expect(text.split('\n').length, file).toBeLessThanOrEqual(151)
    expect(text, file).toContain(`node examples/field/${file}`)
  }
})
