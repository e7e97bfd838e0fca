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

/** The blocks go on where the one above stopped: they are one program. */
test('the code of README.md runs on this kernel, and prints what it says', async () => {
  const text = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const code = Array.from(text.matchAll(/^```ts\n(.*?)^```$/gms), ([, block]) => block!).join('\n')
  const wanted = Array.from(code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm), ([, says]) => says)
  const imported = new Map<string, Set<string>>()
  const body = code.replace(/^import \{ (.*) \} from '(.*)'\n/gm, (_, names: string, from: string) => {
    const known = imported.get(from) ?? new Set()
    for (const name of names.split(', ')) known.add(name)
    imported.set(from, known)
    return ''
  })
  const imports = [...imported].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}'\n`).join('')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'readme.ts')
  writeFileSync(file, `${imports}${body}`)
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(format(...values)))
  await import(/* @vite-ignore */ file)
  log.mockRestore()
  expect(printed).toEqual(wanted)
  expect(printed.length).toBeGreaterThan(0)
})
