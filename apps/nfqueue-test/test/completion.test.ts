import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import type { Command } from 'commander'
import { beforeAll, describe, expect, test } from 'vitest'
import { allCommands, type CommandNode, commandTree } from '../src/cli/command-tree.ts'
import { program } from '../src/program.ts'
import { cli } from './cli.ts'

const tree = commandTree(await program())
const nodes = [...allCommands(tree)]

test('the tree has every command and option', () => {
  const paths = nodes.map(({ path }) => path)
  expect(paths).toEqual(expect.arrayContaining(['', 'run', 'replay', 'flows', 'flows list', 'flows get', 'cleanup']))
  expect(tree.fallback?.path).toBe('run')
  expect(find('run').options.flatMap(({ names }) => names)).toEqual(
    expect.arrayContaining(['--match', '-q', '--quiet']),
  )
})

const find = (path: string): CommandNode => nodes.find((node) => node.path === path)!

/** Commander's own tree, which nothing of ours has gone through. */
function* ownTree(command: Command, path: readonly string[] = []): Generator<readonly [readonly string[], Command]> {
  yield [path, command]
  for (const child of command.commands) yield* ownTree(child, [...path, child.name()])
}

/** Commands that can be typed, the names of their options, and of the commands below them. */
const all = [...ownTree(await program())].map(([path, command]) => ({
  path,
  below: command.commands.map((child) => child.name()),
  options: command.options
    .filter(({ hidden }) => !hidden)
    .map(({ short, long, flags }) => ({ short, long: long!, flags })),
}))

test('the tree is as large as commander has it', () => {
  expect(nodes.map(({ path }) => path).toSorted()).toEqual(all.map(({ path }) => path.join(' ')).toSorted())
  expect(all.length).toBeGreaterThan(35)
})

describe('bash', () => {
  let script: string
  beforeAll(async () => {
    script = (await cli(['completion', 'bash'])).out
  })

  /** What bash offers for the last of these words. */
  function offered(...words: string[]): string[] {
    const all = ['nfqueue-test', ...words].map((word) => `'${word}'`).join(' ')
    const line = `COMP_WORDS=(${all}); COMP_CWORD=${words.length}; _nfqueue_test; printf '%s\\n' "\${COMPREPLY[@]}"`
    const run = spawnSync('bash', ['--norc', '-c', `${script}\n${line}`], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    })
    expect([run.status, run.stderr]).toEqual([0, ''])
    return run.stdout.split('\n').filter(Boolean)
  }

  test.each(all)('everything at $path', ({ path, below, options }) => {
    expect(offered(...path, '-')).toEqual(expect.arrayContaining([...options.map(({ long }) => long), '--help']))
    if (below.length > 0) expect(offered(...path, '')).toEqual(expect.arrayContaining(below))
  })

  test('commands, and those below them', () => {
    expect(offered('re')).toEqual(['replay'])
    expect(offered('flows', '')).toEqual(expect.arrayContaining(['list', 'watch', 'get', 'delete', 'flush', 'stats']))
  })

  test('options of the command at hand, those of run where none is named', () => {
    expect(offered('--ru')).toEqual(['--rule'])
    expect(offered('0', '--rec')).toEqual(['--record'])
    expect(offered('replay', '--ti')).toEqual(['--timing'])
    expect(offered('replay', '--rec')).toEqual([])
    expect(offered('flows', 'list', '--exp')).toEqual(['--explain'])
  })

  test('values', () => {
    expect(offered('0', '--hook', 'p')).toEqual(['prerouting', 'postrouting'])
    expect(offered('run', '0', '--verdict', '')).toEqual(['accept', 'drop', 'repeat', 'stop', 'queue:'])
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(offered('0', '--mark', '')).toEqual([])
    expect(offered('replay', 'completion.te')).toEqual(['completion.test.ts'])
    expect(offered('0', '--write', 'offline.te')).toEqual(['offline.test.ts'])
  })
})

/** What a script says of one command. */
function partOf(script: string, shell: string, path: readonly string[]): string {
  if (shell === 'zsh') return new RegExp(`^ {4}\\('${path.join(' ')}'\\)\n.*$`, 'm').exec(script)?.[0] ?? ''
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`)
  const last = (line: string) => line.slice(line.indexOf(" -n '") + 5, line.indexOf("' -"))
  const words = (line: string) =>
    last(line)
      .split('; and ')
      .filter((one) => !one.startsWith('not '))
  return script
    .split('\n')
    .filter((line) => line.includes(" -n '") && words(line).filter(Boolean).join() === seen.join())
    .join('\n')
}

/** How an option stands in a script. */
const optionIn = (shell: string, name: string): string =>
  shell === 'zsh' ? `'${name}:` : name.startsWith('--') ? ` -l ${name.slice(2)} ` : ` -s ${name.slice(1)} `

describe.each(['zsh', 'fish'])('%s', (shell) => {
  test('has every option with its description, and is accepted where the shell is installed', async (context) => {
    const { out } = await cli(['completion', shell])
    for (const { path, below, options } of all) {
      const part = partOf(out, shell, path)
      for (const { short, long } of options)
        for (const name of [short, long])
          if (name !== undefined) expect(part, `${path.join(' ')} ${name}`).toContain(optionIn(shell, name))
      for (const name of below) expect(part).toContain(name)
    }
    const folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-completion-'))
    const file = join(folder, 'completion')
    writeFileSync(file, out)
    const run = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    if (run.error) context.skip(`${shell} is not installed`)
    expect([run.status, run.stderr]).toEqual([0, ''])
  })
})

test('zsh offers what bash does', async (context) => {
  if (spawnSync('zsh', ['--version']).error) context.skip('zsh is not installed')
  const { out } = await cli(['completion', 'zsh'])
  // What zsh's own functions would offer is printed.
  const printing = `compdef() {}
_describe() { print -l -- "\${candidates[@]%%:*}" }
compadd() { shift; print -l -- "$@" }
_files() { print FILES }`
  const offered = (...typed: string[]) => {
    const words = ['nfqueue-test', ...typed].map((word) => `'${word}'`).join(' ')
    const line = `words=(${words}); CURRENT=$#words; _nfqueue_test`
    const run = spawnSync('zsh', ['-f', '-c', `${printing}\n${out}\n${line}`], { encoding: 'utf8' })
    expect([run.status, run.stderr]).toEqual([0, ''])
    return run.stdout.split('\n').filter(Boolean)
  }
  for (const { path, below, options } of all) {
    expect(offered(...path, '-'), path.join(' ')).toEqual(expect.arrayContaining(options.map(({ long }) => long)))
    if (below.length > 0) expect(offered(...path, '')).toEqual(expect.arrayContaining(below))
  }
  expect(offered('0', '--hook', '')).toEqual(['input', 'output', 'forward', 'prerouting', 'postrouting'])
  expect(offered('schema', '')).toContain('flow-events')
  expect(offered('replay', '')).toEqual(['FILES'])
})

test('fish offers what bash does', async (context) => {
  if (spawnSync('fish', ['--version']).error) context.skip('fish is not installed')
  const { out } = await cli(['completion', 'fish'])
  const offered = (line: string) => {
    const run = spawnSync('fish', ['--no-config', '-c', `${out}\ncomplete -C '${line}'`], { encoding: 'utf8' })
    expect([run.status, run.stderr]).toEqual([0, ''])
    return run.stdout.split('\n').flatMap((text) => text.split('\t')[0] || [])
  }
  expect(offered('nfqueue-test re')).toEqual(['replay'])
  expect(offered('nfqueue-test 0 --hook p')).toEqual(['postrouting', 'prerouting'])
  expect(offered('nfqueue-test flows list --exp')).toEqual(['--explain'])
  expect(offered('nfqueue-test replay --rec')).toEqual([])
})

describe('manual', () => {
  const path = join(import.meta.dirname, '../man/nfqueue-test.1')

  test('the file in man/ is what the command line says', async () => {
    const { out } = await cli(['manual'])
    // When this fails: npm run refresh, after npm run build
    expect(readFileSync(path, 'utf8')).toBe(out)
  })

  test('has every command, option and exit code', () => {
    const text = readFileSync(path, 'utf8').replaceAll('\\-', '-')
    const sections = text.split(/^(?=\.S[SH] )/m)
    for (const { path, options } of all) {
      const usage = path.length === 0 ? undefined : find(path.join(' ')).usage
      const section = sections.find((one) => one.startsWith(usage ? `.SS nfqueue-test ${usage}\n` : '.SH OPTIONS\n'))
      expect(section, path.join(' ')).toBeDefined()
      for (const { flags } of options) expect(section, `${path.join(' ')} ${flags}`).toContain(`\n.B ${flags}\n`)
    }
    expect(text).toMatch(/\.SH EXIT STATUS\n(?:\.TP\n\.B \d\n.*\n){3}/)
  })

  test('has the length that queues have by default', async () => {
    const queue = await openQueue(new SimulatedKernel().connect(), { number: 0 })
    expect(readFileSync(path, 'utf8')).toContain(`wait for a verdict (default: ${queue.settings.maxLength})`)
    await queue.close()
  })

  test('is set without complaint', (context) => {
    const run = spawnSync('groff', ['-man', '-ww', '-Tutf8', path], { encoding: 'utf8' })
    if (run.error) context.skip('groff is not installed')
    expect([run.status, run.stderr]).toEqual([0, ''])
    expect(run.stdout).toContain('--match')
  })
})
