import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Programs are made smaller for a minute at most, and a busy machine takes long for each. */
const patience = 300_000

/** The fuzzer with the simulator in the place of a real kernel. */
function differ(...options: readonly string[]): { readonly status: number | null; readonly lines: readonly string[] } {
  const { status, stdout } = spawnSync(process.execPath, ['differ/run.mjs', ...options], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, lines: stdout.trim().split('\n') }
}

test(
  'a kernel does not differ from itself, whatever the program, and programs are alike in nothing',
  () => {
    const { status, lines } = differ('--simulator', '6.18', '--seed', '1', '--sequences', '300')
    const [, withTables] =
      /^differ --simulator 6.18 --seed 1: 300 sequences, (\d+) with tables and packets, 0 with a difference$/.exec(
        lines.at(-1)!,
      ) ?? []
    expect(Number(withTables)).toBeGreaterThan(100)
    const dimensions = lines.slice(0, -1)
    expect(dimensions).not.toHaveLength(0)
    for (const dimension of dimensions) expect(dimension.split(', ').length).toBeGreaterThan(1)
    expect(status).toBe(0)
  },
  patience,
)

test(
  'a kernel that differs is found, with the smallest program that shows it',
  () => {
    const { status, lines } = differ('--simulator', 'debian-6.1', '--seed', '1', '--sequences', '100')
    expect(status).toBe(1)
    expect(lines.at(-1)).toMatch(
      /^differ --simulator debian-6.1 --seed 1: 100 sequences, .*, [1-9]\d* with a difference$/,
    )
    const programs = lines.filter((line) => line.startsWith('  {')).map((line) => JSON.parse(line))
    expect(programs).not.toHaveLength(0)
    for (const { steps } of programs) expect(steps.length).toBeLessThanOrEqual(4)
  },
  patience,
)

test('one program of a seed is run alone', () => {
  const { lines } = differ('--simulator', '6.18', '--seed', '1', '--sequence', '7')
  expect(lines.at(-1)).toMatch(/^differ --simulator 6.18 --seed 1: 1 sequences, .*, 0 with a difference$/)
})
