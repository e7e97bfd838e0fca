import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'

const folder = join(import.meta.dirname, `.readme-${process.pid}`)

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  execFileSync('nft', ['flush', 'ruleset'])
})

/** Blocks go on where the one above stopped; one that opens the ruleset begins a program. */
function programs(text: string): readonly string[] {
  const all: string[] = []
  for (const [, block] of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
    if (all.length === 0 || block!.includes('openNftables(')) all.push(block!)
    else all[all.length - 1] += block!
  }
  return all
}

/** Imports of all blocks, each name once, and the rest. */
function joined(code: string): string {
  const imported = new Map<string, Set<string>>()
  const body = code.replace(/^import \{ (.*) \} from '(.*)'\n/gm, (_, names: string, from: string) => {
    imported.set(from, new Set([...(imported.get(from) ?? []), ...names.split(', ')]))
    return ''
  })
  return [...imported].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}'\n`).join('') + body
}

const text = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')

test.each(programs(text).map((code, i) => ({ i, code })))(
  'program $i of README.md runs on this kernel, and prints what it says',
  async ({ i, code }) => {
    const wanted = Array.from(code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm), ([, says]) => says)
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `program-${i}.ts`)
    writeFileSync(file, joined(code))
    const printed: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(format(...values)))
    await import(/* @vite-ignore */ file)
    log.mockRestore()
    for (const says of wanted) expect(printed).toContain(says)
  },
)
