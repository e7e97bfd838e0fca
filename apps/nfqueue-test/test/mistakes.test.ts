import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Argument, Command, Option } from 'commander'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { program } from '../src/program.ts'
import { cli } from './cli.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-mistakes-'))
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'huge'), '')
  truncateSync(join(folder, 'huge'), 2 ** 33)
  symlinkSync('circle', join(folder, 'circle'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** One line that says what is wrong, exit code 1, and nothing on stdout. */
async function expectRefused(args: readonly string[], input?: string): Promise<string> {
  const run = await cli(args, input)
  expect([run.code, run.out], run.err).toEqual([1, ''])
  expect(run.err).toMatch(/^nfqueue-test: [^\n]+\n$/)
  expect(run.err).not.toMatch(/^\s+at |node:internal|\.(js|ts):\d+:\d+/m)
  return run.err
}

function* commandsOf(command: Command, path: readonly string[] = []): Generator<readonly [readonly string[], Command]> {
  yield [path, command]
  for (const child of command.commands) yield* commandsOf(child, [...path, child.name()])
}

const whole = await program()

const commands = [...commandsOf(whole)].filter(([, { commands }]) => commands.length === 0)

describe('on every command', () => {
  test.each(commands.map(([path]) => [path.join(' ')]))('%s an option there is not', async (path) => {
    const told: string[] = []
    const written = vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(`${text}`) > 0)
    const needed = ['--judge=x', '--timeout=1', '--master=tcp 10.0.0.1:1 > 10.0.0.2:2']
    const words = [...path.split(' '), '--nonsense', ...needed.filter((option) => has(path, option))]
    await expect(unending(await program()).parseAsync(words, { from: 'user' })).rejects.toMatchObject({ exitCode: 1 })
    written.mockRestore()
    expect(told).toEqual([
      `nfqueue-test: unknown option '--nonsense' (nfqueue-test ${path} --help shows what there is)\n`,
    ])
  })

  const strange = ['', '-1', '0x', '1e9', '4294967296', 'ÿ', '99999999999999999999', 'a'.repeat(10_000)]
  const judged = (part: Option | Argument) => part.argChoices !== undefined || part.parseArg !== undefined
  const options = commands.flatMap(([path, { options }]) =>
    options.filter(judged).map((option) => [path.join(' '), option.long!] as const),
  )
  test('the values of all options that are looked at are refused in one line', async () => {
    for (const [path, option] of options) {
      const command = () => at(path)
      for (const value of strange) {
        const told = parsed(command(), [`${option}=${value}`])
        if (told !== undefined) expect(told, `${path} ${option} ${value}`).toMatch(/argument '.*' is invalid\. .+$/s)
      }
    }
    expect(options.length).toBeGreaterThan(60)
  })
})

const has = (path: string, option: string): boolean =>
  at(path).options.some(({ long, mandatory }) => mandatory && long === option.split('=')[0])

/** Commands that throw where they would end the program. */
function unending(command: Command): Command {
  for (const child of command.commands) unending(child)
  return command.exitOverride()
}

const at = (path: string): Command => {
  let command = whole
  for (const name of path.split(' ')) command = command.commands.find((one) => one.name() === name)!
  return command
}

/** What commander says of these words; nothing where they are fine, and nothing is done. */
function parsed(command: Command, words: readonly string[]): string | undefined {
  command.exitOverride().configureOutput({ outputError: () => {} })
  try {
    command.parseOptions([...words])
  } catch (error) {
    return (error as Error).message
  }
  return undefined
}

describe('a file that is none', () => {
  const readers: readonly (readonly [string, (file: string) => readonly string[]])[] = [
    ['replay', (file) => ['replay', file]],
    ['decode', (file) => ['decode', file]],
    ['a handler', (file) => ['replay', 'x.pcap', '--handler', file]],
    ['a judge', (file) => ['firewall', '--judge', file]],
    ['flows load', (file) => ['flows', 'load', file]],
    ['rules check', (file) => ['rules', 'check', file, '--packet', 'udp 192.0.2.1:1 > 192.0.2.2:2']],
    ['rules check --packets', (file) => ['rules', 'check', '-', '--packets', file]],
  ]
  const files: readonly (readonly [string, () => string])[] = [
    ['is missing', () => join(folder, 'none')],
    ['is a directory', () => folder],
    ['is a link to itself', () => join(folder, 'circle')],
    ['is below a file', () => join(folder, 'empty', 'x')],
    ['has a name that is too long', () => 'x'.repeat(5_000)],
    ['has no end', () => '/dev/zero'],
    ['has 8 GiB', () => join(folder, 'huge')],
  ]
  const all = readers.flatMap(([reader, args]) => files.map(([what, file]) => [reader, what, args, file] as const))
  test.each(all)('%s: a file that %s', async (_, __, args, file) => {
    await expectRefused(args(file()), '{}')
  })

  test.each([
    ['flows load', ['flows', 'load', '-']],
    ['rules check', ['rules', 'check', '-', '--packet', 'udp 192.0.2.1:1 > 192.0.2.2:2']],
    ['decode', ['decode', '-']],
    ['replay', ['replay', '-']],
  ])('%s: bytes that are no text', async (_, args) => {
    await expectRefused(args, '\u0000\u0001\ufffd'.repeat(100))
  })
})
