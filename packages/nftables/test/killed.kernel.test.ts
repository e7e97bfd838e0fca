import { execFileSync } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { bundled, Program } from '../../mnl-native/test/program.ts'

const tables = () => execFileSync('nft', ['list', 'tables']).toString().trim().split('\n').join()

afterEach(() => {
  execFileSync('nft', ['flush', 'ruleset'])
})

test('a program that is killed leaves no table, a hundred times, and takes no other along', async () => {
  const owner = await bundled('owner', import.meta.dirname)
  execFileSync('nft', ['add', 'table', 'inet', 'others'])
  const [made, gone]: [string[], string[]] = [[], []]
  for (let i = 0; i < 100; i++) {
    const program = new Program(owner)
    await program.printed('made')
    made.push(tables())
    program.process.kill('SIGKILL')
    await program.ended
    gone.push(tables())
  }
  expect(new Set(made)).toEqual(new Set(['table inet others,table inet mine']))
  expect(new Set(gone)).toEqual(new Set(['table inet others']))
}, 120_000)
