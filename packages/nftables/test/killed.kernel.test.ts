import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { build } from 'tsup'
import { afterEach, expect, test } from 'vitest'
import { Program } from '../../mnl-native/test/program.ts'

const tables = () => execFileSync('nft', ['list', 'tables']).toString().trim().split('\n').join()

afterEach(() => {
  execFileSync('nft', ['flush', 'ruleset'])
})

/** Where the socket's package finds its native part. */
const outDir = join(import.meta.dirname, '../../mnl-native/.cache')

test('a program that is killed leaves no table, a hundred times, and takes no other along', async () => {
  await build({
    config: false,
    entry: { owner: join(import.meta.dirname, 'programs/owner.ts') },
    outDir,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    noExternal: [/^@nfkit\//],
    esbuildOptions: (options) => {
      options.conditions = ['nfkit-source']
    },
    silent: true,
  })
  execFileSync('nft', ['add', 'table', 'inet', 'others'])
  const [made, gone]: [string[], string[]] = [[], []]
  for (let i = 0; i < 100; i++) {
    const program = new Program(join(outDir, 'owner.mjs'))
    await program.printed('made')
    made.push(tables())
    program.process.kill('SIGKILL')
    await program.ended
    gone.push(tables())
  }
  expect(new Set(made)).toEqual(new Set(['table inet others,table inet mine']))
  expect(new Set(gone)).toEqual(new Set(['table inet others']))
}, 120_000)
