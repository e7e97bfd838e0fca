import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { format } from 'node:util'
import { MemorySink, PcapngWriter } from '@nfkit/capture'
import type { Take } from '@nfkit/handover'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { withStandIns } from './docs/imports.ts'
import { blocksOf, commandsOf, linksOf } from './docs/markdown.ts'
import { codeOn, documents, kernelGuides, packages, read, sources, writeCode } from './docs/pages.ts'
import { Stage } from './docs/stage.ts'
import { runTests } from './docs/test-runner.ts'

const root = join(import.meta.dirname, '..')
// Inside of the repository, where the packages are found; of this process alone.
const workshop = join(root, `.cache/docs-${process.pid}`)

// The stage of the snippet that runs now.
let stage = new Stage()
vi.mock('@nfkit/mnl-native', () => ({ openMnl: () => stage.openMnl() }))
vi.mock('@nfkit/nfqueue', async (original) => {
  const real = await original<typeof import('@nfkit/nfqueue')>()
  return {
    ...real,
    openQueue: (...args: Parameters<typeof real.openQueue>) => stage.watching(real.openQueue)(...args),
    openPool: (...args: Parameters<typeof real.openPool>) => stage.pooling(real.openQueue)(...args),
  }
})

vi.mock('@nfkit/nflog', async (original) => {
  const real = await original<typeof import('@nfkit/nflog')>()
  return {
    ...real,
    openLog: (...args: Parameters<typeof real.openLog>) => stage.logging(real.openLog)(...args),
  }
})

vi.mock('@nfkit/handover', () => ({
  supervise: (options: Parameters<typeof stage.supervising>[0]) => stage.supervising(options),
  succeed: (take: Take) => stage.succeeding(take),
}))

const folder = (path: string) => readdirSync(join(root, path), { withFileTypes: true })
/** Pages that a package's own tests read: they run the code in them. */
const readByTests = packages.flatMap((path) =>
  folder(`${path}/test`)
    .filter(({ name }) => name.endsWith('.test.ts'))
    .flatMap(({ name }) => {
      const text = read(`${path}/test/${name}`)
      return [`${path}/README.md`, ...documents].filter((page) =>
        page.startsWith('docs/')
          ? text.includes(`../${page}`)
          : page === `${path}/README.md` && text.includes('README.md'),
      )
    }),
)
const pages = documents.filter((page) => !readByTests.includes(page) && !kernelGuides.includes(page))

/** The capture that snippets read or write. */
const session = join(workshop, 'session.pcapng')
const atHome = (code: string): string => withStandIns(code).replaceAll("'session.pcapng'", `'${session}'`)

function emptyCapture(): Uint8Array {
  const sink = new MemorySink()
  new PcapngWriter(sink).close()
  return sink.bytes
}

afterAll(() => rmSync(workshop, { recursive: true, force: true }))

describe.each([...pages, ...sources])('%s', (page) => {
  const blocks = codeOn(page)
  const run = blocks.filter(({ note }) => note === '')

  test.each(run.map((block) => ({ line: block.line, block })))(
    'the code in line $line runs',
    async ({ block }) => {
      stage = new Stage()
      const printed: string[] = []
      const log = vi.spyOn(console, 'log').mockImplementation((...values) => printed.push(format(...values)))
      vi.spyOn(console, 'warn').mockImplementation(() => {})
      const path = writeCode(workshop, blocks, blocks.indexOf(block), atHome)
      if (block.code.includes('captureFile(')) writeFileSync(session, emptyCapture())
      try {
        await stage.play(async () => {
          await import(/* @vite-ignore */ path)
          await runTests()
        })
      } finally {
        log.mockRestore()
      }
      const promised = [...block.code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text)
      expect(stage.problems).toEqual([])
      expect(promised.length > 0 ? printed : promised).toEqual(promised)
    },
    60_000,
  )

  test('code that is not run says why', () => {
    for (const { note, line } of blocks.filter(({ note }) => note !== '')) {
      expect(note, `${page}:${line}`).toMatch(/^no-run: \w.{10,}/)
    }
  })
})

test('all of it is run', () => {
  const code = pages.flatMap(codeOn)
  const skipped = code.filter(({ note }) => note !== '').map(({ file, line, note }) => `${file}:${line} ${note}`)
  expect(code.length).toBeGreaterThan(20)
  expect(skipped).toEqual([])
})

const everything = [
  ...documents,
  ...['docs', 'docs/side-by-side'].flatMap((at) =>
    folder(at)
      .filter(({ name }) => name.endsWith('.md'))
      .map(({ name }) => `${at}/${name}`),
  ),
]

test.each(everything)('%s links to what there is', (page) => {
  const missing = linksOf(read(page)).filter((target) => !existsSync(join(root, dirname(page), target)))
  expect(missing).toEqual([])
})

test.each(everything)('%s names commands and options that nfqueue-test has', async (page) => {
  const { program } = await import('../apps/nfqueue-test/src/program.ts')
  for (const line of commandsOf(read(page))) {
    const words = line.split(' ').filter(Boolean)
    let command = await program()
    while (words.length > 0) {
      const next = command.commands.find((one) => one.name() === words[0] || one.aliases().includes(words[0]!))
      if (next === undefined) break
      command = next
      words.shift()
    }
    if (command.commands.length > 0) {
      const usual = command.commands.find((one) => one.name() === (command.parent ? 'list' : 'run'))!
      if (words.some((word) => !['--help', '--version'].includes(word))) command = usual
    }
    expect(words[0] ?? '', `nfqueue-test ${line}: a command?`).not.toMatch(/^(?!run$)[a-z]+$/)
    const known = new Set(command.options.flatMap(({ short, long }) => [short, long]).concat(['--help', '--version']))
    for (const option of words.filter((word) => /^--?[a-z]/.test(word))) {
      expect([...known], `nfqueue-test ${line}`).toContain(option.split('=')[0])
    }
  }
})

test.each([...everything, 'CONTRIBUTING.md', 'SECURITY.md'])('%s names files and folders there are', (page) => {
  const named = Array.from(
    read(page).matchAll(/`((?:packages|apps|docs|test|tools|examples|attack|bench|differ|soak|stress)\/[\w./-]+)`/g),
    ([, path]) => path!,
  )
  const isThere = (path: string) => [root, join(root, dirname(page))].some((base) => existsSync(join(base, path)))
  expect(named.filter((path) => !isThere(path))).toEqual([])
})

test('shell lines name scripts and examples there are', () => {
  const { scripts } = JSON.parse(read('package.json'))
  for (const page of everything) {
    const shell = blocksOf(page, read(page)).filter(({ language }) => language === 'sh')
    for (const { code } of shell) {
      for (const [, script] of code.matchAll(/npm run ([\w:-]+)(?!.* (?:-w|--workspace) )/g))
        expect(Object.keys(scripts), page).toContain(script)
      for (const [, example] of code.matchAll(/node (examples\/[\w.-]+)/g))
        expect(existsSync(join(root, example!)), `${page}: ${example}`).toBe(true)
    }
  }
})
