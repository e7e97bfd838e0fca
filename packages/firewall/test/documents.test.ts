import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'node:util'
import { SimulatedKernel } from '@nfkit/simulator'
import { afterAll, expect, test, vi } from 'vitest'

/** The programs of README.md and of the guide, each on a simulated kernel of its own. */

const folder = join(import.meta.dirname, `.documents-${process.pid}`)
let kernel = new SimulatedKernel()
vi.mock('@nfkit/mnl-native', () => ({ openMnl: () => kernel.connect() }))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const programs = ['../README.md', '../../../docs/guides/firewall.md'].flatMap((page) => {
  const text = readFileSync(join(import.meta.dirname, page), 'utf8')
  return Array.from(text.matchAll(/^```ts\n(.*?)^```$/gms), ([, code], i) => ({
    page: page.replaceAll('../', ''),
    i,
    code: code!,
  }))
})

test.each(programs)('program $i of $page runs, and prints what it says', async ({ page, i, code }) => {
  kernel = new SimulatedKernel()
  const wanted = Array.from(code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm), ([, says]) => says)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${page.replaceAll(/\W/g, '-')}-${i}.ts`)
  writeFileSync(file, code)
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(format(...values)))
  await import(/* @vite-ignore */ file)
  log.mockRestore()
  expect(printed).toEqual(wanted)
})
