import { expect, test } from 'vitest'
import { program } from '../src/program.ts'

const known = async (...words: string[]) => (await program(words)).commands.map((command) => command.name())
const all = await known()

test('all commands are known where nothing says which is meant', () => {
  expect(all).toEqual(expect.arrayContaining(['run', 'replay', 'flows', 'why', 'help', 'manual']))
})

test.each(all)('%s is known by its name, in the group it has among all', async (name) => {
  const groupOf = async (words: readonly string[]) =>
    (await program(words)).commands.find((command) => command.name() === name)?.helpGroup()
  expect(await known(name)).toContain(name)
  expect(await groupOf([name])).toBe(await groupOf([]))
  expect(await groupOf([])).toMatch(/:$/)
})

test.each([
  [['replay', 'file.pcap', '--help'], ['replay']],
  [['flows', 'list', '-h'], ['flows']],
  [['0', '--json'], ['run']],
  [['--version'], []],
  [['-V'], []],
])('%j needs %j', async (words, names) => {
  expect(await known(...words)).toEqual(names)
})

test.each([
  [['--help']],
  [['-h']],
  [['help', 'flows']],
  [['completion', 'bash']],
  [['manual']],
  [['flosw']],
  [['0', '--help']],
  [['--json', '0']],
])('%j needs all', async (words) => {
  expect(await known(...words)).toEqual(all)
})
